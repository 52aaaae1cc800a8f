"""Where answers come from: providers, each an async generator of chunks.

Nothing here knows Matrix, a room or the bot. The packages behind the providers (`openai`,
`ollama`, `anthropic`) are imported when first used, off the event loop.

- `base`: what every provider is given and promises. `registry`: the table of those there are.
- `openai`, `ollama`, `anthropic`, `demo`: one module each; `…_form` says how a question is written
  for it.
- `remote`, `packaged`, `listening`: how a server is asked. `keys`, `importing`: what that needs.
- `attempts`: asks again, leaving out what a server refuses (`refusals`).
- `failures`, `explain`, `errors`: what went wrong, what it means, and what is raised.
- `think`, `tool_call_pieces`, `kept`: what answers have in common.
"""

from __future__ import annotations

from .base import Answerer, Provider, Request, Settings
from .registry import TYPES, connect

__all__ = ["TYPES", "Answerer", "Provider", "Request", "Settings", "connect"]
