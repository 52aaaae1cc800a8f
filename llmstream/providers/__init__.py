"""Where answers come from: providers, each an async generator of chunks.

Nothing here knows Matrix, a room or the bot. The packages behind the providers (`openai`,
`ollama`, `anthropic`) are imported when first used, off the event loop.

- `base`: what every provider is given and promises. `registry`: the table of those there are.
- `openai`, `responses` (OpenAI's newer API), `ollama`, `anthropic`, `demo`: one module each.
- `openai_form`, `responses_form`, `ollama_form`, `anthropic_form`: how a question is written.
- `remote`, `packaged`: how a server is asked. `credentials`, `importing`: what that needs.
- `listening`: hears an answer out, from bytes (`bounds`, `intake`) over the objects in them
  (`frames`) to what their fields are (`../shapes.py`).
- `attempts`: asks again, on the terms that a model's `refusals` have taught (`token_limits`).
- `adapting`: puts a question on these terms; `pictures`, `schemas`: what of it needs more work.
- `failures`, `explain`, `errors`: what went wrong, what it means, and what is raised.
- `think`, with `thought_marks`, `block_starts` and `citation_marks`: what a text is made of.
- `citations`: the pages that it cites. `own_tools`: what a provider searches them with.
- `prices`: what tokens cost, by the configuration, the provider or the package `genai-prices`.
- `tool_call_pieces`, `kept`: tool calls, and what goes back with their results.
"""

from __future__ import annotations

from .base import Answerer, Provider, Request, Settings
from .registry import TYPES, connect

__all__ = ["TYPES", "Answerer", "Provider", "Request", "Settings", "connect"]
