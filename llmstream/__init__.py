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

# In a .mbp our dependencies travel with us, for a host that has none of its own. Those of an
# earlier upload go: maubot keeps its archive until we are loaded.
if ".mbp/" in __path__[0]:
    _others = [entry for entry in sys.path if not entry.endswith("/llmstream/vendor")]
    sys.path[:] = [*_others, f"{__path__[0]}/vendor"]

if TYPE_CHECKING:
    # maubot looks for the main class among the names that this module's code mentions.
    from .bot.plugin import LLMStream

__all__ = ["LLMStream"]

_HOMES = {"LLMStream": ".bot.plugin"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name], __name__), name)
