"""A model's stand-in: says in each step what the test wrote down, and remembers the requests."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from llmstream.chunks import Chunk
from llmstream.providers import Request, Settings


class Scripted:
    """A provider whose model says `steps[0]` to the first request, and so on."""

    def __init__(self, *steps: Sequence[Chunk | Exception]) -> None:
        self.settings = Settings("scripted", "demo", model="parrot")
        self.requests: list[Request] = []
        self.closed = 0
        self._steps = list(steps)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.requests.append(request)
        try:
            for chunk in self._steps.pop(0):
                if isinstance(chunk, Exception):
                    raise chunk
                yield chunk
        finally:
            self.closed += 1

    async def models(self) -> list[str]:
        return ["parrot"]

    async def close(self) -> None:
        pass
