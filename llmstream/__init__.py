"""Let a Matrix room watch a language model write its answer, in one message edited as it comes.

    import llmstream

    await llmstream.post(client, room_id, stream)

`post` is the one way to send, `plan` what it takes besides streams; `adapters` make `chunks` of
any stream, `document` adds them up, `markdown` and `matrix` show that in a room. `messages` go to
`providers`; `finish_reasons`, `secrets`, `shapes` and `well_formed` serve several. `bot` is the
plugin.

These are the public names. The library works without maubot: `LLMStream`, the plugin, is imported
when maubot asks for it.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

# Delete and upload of the same version leaves zipimport's directory of the old archive in place
# (maubot 0.6.0): every submodule would be read at the old offsets.
importlib.invalidate_caches()

# PyPI has another package of this name: what the host imported of that one is not ours.
for _name, _module in [*sys.modules.items()]:
    _file = getattr(_module, "__file__", None) or ""
    if _name.startswith(f"{__name__}.") and not _file.startswith(__path__[0]):
        del sys.modules[_name]

# In a .mbp our dependencies travel with us, for a host that has none of its own. Those of an
# earlier upload go: maubot keeps its archive until we are loaded.
if ".mbp/" in __path__[0]:
    _others = [entry for entry in sys.path if not entry.endswith("/llmstream/vendor")]
    sys.path[:] = [*_others, f"{__path__[0]}/vendor"]

from .chunks import (  # noqa: E402
    Chunk,
    Finish,
    PlanUpdate,
    Reasoning,
    StepEnd,
    TaskUpdate,
    Text,
    ToolCall,
    Usage,
    Waiting,
)
from .matrix.buttons import Press  # noqa: E402
from .matrix.content.style import About, Ending, Style  # noqa: E402
from .matrix.reading.transcript import to_messages  # noqa: E402
from .matrix.sending.outcome import SendError  # noqa: E402
from .messages import Image, Message, Tool  # noqa: E402
from .plan import Plan, StreamingPlan  # noqa: E402
from .post import Posted, post  # noqa: E402

if TYPE_CHECKING:
    # maubot looks for the main class among the names that this module's code mentions.
    from .bot.plugin import LLMStream as LLMStream

__all__ = [
    "About",
    "Chunk",
    "Ending",
    "Finish",
    "Image",
    "Message",
    "Plan",
    "PlanUpdate",
    "Posted",
    "Press",
    "Reasoning",
    "SendError",
    "StepEnd",
    "StreamingPlan",
    "Style",
    "TaskUpdate",
    "Text",
    "Tool",
    "ToolCall",
    "Usage",
    "Waiting",
    "post",
    "to_messages",
]


def __getattr__(name: str) -> Any:
    if name != "LLMStream":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(".bot.plugin", __name__).LLMStream
