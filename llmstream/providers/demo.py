"""A provider without a model, a key or a network: a short tour of what a room can see.

It is the default, so that a fresh upload answers at once and says how to connect a real model.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator

from ..chunks import Chunk, Finish, Reasoning, TaskUpdate, Text, Usage
from .base import ProviderType, Request, Settings

_DELAY_MS = 15
_QUOTED = 120  # characters of the question that are said again

_TOUR = """\
## A tour of this room

You asked: {question}

I am the *demo*: no model is connected yet, so I show what an answer can look like here while it is
being **written**.

| What | How it comes | Shown |
|:-----|:-------------|------:|
| words | as they are written | ✓ |
| tables | row by row | ✓ |
| `code` | with its colours | ✓ |

```python
async def answer(room, model):
    async for words in model.stream("Why is the sky blue?"):
        await room.show(words)  # one message, edited as it grows
```

1. React with ⏹️ to stop me, with 🔁 to hear me again.
2. Lists may have lists:
   - nested like this,
   - ~~and struck out~~ like that.

- [x] Install the plugin
- [ ] Connect a model

> The Euler identity, $e^{{i\\pi}} + 1 = 0$, stands here for all formulas.

"""

_CONNECT = """\
### Connect a real model

In this instance's configuration (maubot's web page), name a provider and choose it:

```yaml
providers:
    local: {type: ollama, model: llama3.2, base_url: "http://localhost:11434"}
    work: {type: openai, model: gpt-4o, api_key: "env:OPENAI_API_KEY"}
defaults:
    provider: local
```

Then `!llm` shows what can be done in this room, and `!llm models` which models there are.
"""


class Demo:
    """The tour. `options: {delay_ms: …}` sets its pace, 0 for none. See `Provider`."""

    def __init__(self, settings: Settings, _: ProviderType) -> None:
        self._settings = settings

    @property
    def settings(self) -> Settings:
        return self._settings

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        delay = float(self._settings.options.get("delay_ms", _DELAY_MS)) / 1000
        written = 0
        for chunk in _tour(request):
            if request.stream:
                await asyncio.sleep(delay)
            if isinstance(chunk, Text):
                written += 1
            if request.max_tokens and written > request.max_tokens:
                yield Usage(_count(request), request.max_tokens)
                yield Finish("length")
                return
            yield chunk
        yield Usage(_count(request), written)
        yield Finish("stop")

    async def models(self) -> list[str]:
        return ["tour"]

    async def close(self) -> None:
        pass


def _tour(request: Request) -> Iterator[Chunk]:
    yield from map(
        Reasoning, _tokens("What would a newcomer like to see first? Everything, briefly.")
    )
    yield TaskUpdate("look", "Look around the room", "in_progress")
    yield from map(Text, _tokens(_TOUR.format(question=_quoted(request))))
    yield TaskUpdate("look", "Look around the room", "complete", output="Nice place.")
    yield TaskUpdate("model", "Connect a model", "pending")
    yield from map(Text, _tokens(_CONNECT))


def _quoted(request: Request) -> str:
    """The question's first line, so short and plain that it changes nothing around it."""
    asked = [message.text for message in request.messages if message.role == "user"]
    words = " ".join(re.sub(r"[`*_<>\[\]|$\\]", "", asked[-1] if asked else "").split())
    short = words if len(words) <= _QUOTED else words[:_QUOTED].rstrip() + "…"
    return f"“{short}”" if short else "nothing in particular."


def _tokens(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


def _count(request: Request) -> int:
    return sum(len(_tokens(message.text)) for message in request.messages)
