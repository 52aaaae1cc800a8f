"""A provider whose every request is counted: what was sent to a model, and what it said.

How much may be used is `room/limits.py`'s; what was used stands in `store/ledger.py`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from ...chunks import Chunk, Reasoning, Text, ToolCall, Usage
from ...providers import Provider, Request, Settings
from ...providers.errors import ProviderError
from ..room.limits import Admission
from ..room.token_estimate import estimate_request, estimate_tokens


class Metered:
    """A provider for one answer. It counts as the provider reports, else as may be estimated."""

    def __init__(self, provider: Provider, admission: Admission) -> None:
        self._provider = provider
        self._admission = admission

    @property
    def settings(self) -> Settings:
        return self._provider.settings

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """The provider's chunks. A request counts however it ends, unless it was refused."""
        prompt = estimate_request(request.messages, request.tools)
        reported, said, refused = Usage(), list[str](), False
        await self._admission.sends(prompt)
        try:
            async with aclosing(self._provider.stream(request)) as chunks:
                async for chunk in chunks:
                    match chunk:
                        case Text(text) | Reasoning(text):
                            said.append(text)
                        case ToolCall():
                            said.append(chunk.name + chunk.arguments)
                        case Usage():
                            chunk = self._admission.priced(chunk)
                            reported += chunk
                    yield chunk
        except ProviderError as error:
            refused = not (said or error.used)
            raise
        finally:
            if not refused:
                self._admission.used(_complete(reported, prompt, "".join(said)))


def _complete(reported: Usage, prompt: int, said: str) -> Usage:
    """What was reported, with an estimate of what was not; that has no price yet."""
    if reported.input and reported.output:
        return reported
    written = reported.output or estimate_tokens(said)
    return replace(reported, input=reported.input or prompt, output=written, charged=None)
