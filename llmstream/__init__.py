"""Let a Matrix room watch a language model write its answer, in one message edited as it comes.

The public names, each imported when it is first asked for: the library works without maubot, and
`LLMStream`, the plugin, is there when maubot wants it.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

# Delete and upload of the same version leaves zipimport's directory of the old archive in place
# (maubot 0.6.0): every submodule would be read at the old offsets.
importlib.invalidate_caches()

# Inside a .mbp: our dependencies travel in it, for a host that has none of its own.
if _archive := getattr(__loader__, "archive", ""):
    _vendor = f"{_archive}/vendor"
    if _vendor not in sys.path:
        sys.path.append(_vendor)

if TYPE_CHECKING:
    # maubot looks for the main class among the names that this module's code mentions.
    from .bot.plugin import LLMStream

__all__ = ["LLMStream"]

_HOMES = {"LLMStream": ".bot.plugin"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name], __name__), name)
