"""Ollama's own API.

A conversation that is too long is cut by Ollama itself, silently: `options: {num_ctx: …}` raises
what it takes. How questions are written is in ollama_form.py.
API: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ..chunks import Chunk, Finish, Reasoning, Text, ToolCall, Usage
from ..finish_reasons import finish_reason
from .base import ProviderType, Request, Settings
from .failures import Failed, Failure, Kind
from .listening import Within, for_all, idle
from .ollama_form import question_of
from .refusals import Feature
from .remote import CONNECT_TIMEOUT, NO_KEY, Remote
from .tool_call_pieces import new_id

if TYPE_CHECKING:
    from ollama import AsyncClient, ChatResponse


class Ollama(Remote["AsyncClient", "ChatResponse"]):
    """A server of Ollama.

    `options` are the model's (`num_ctx`), `think`, `keep_alive`, `format`.
    """

    def __init__(self, settings: Settings, kind: ProviderType) -> None:
        super().__init__(settings, kind)
        self._key = NO_KEY

    def _connect(self, package: Any, headers: dict[str, str]) -> AsyncClient:
        import httpx  # loaded with the package

        # pydantic remarks on each tool, because ollama_form.py hands them over unvalidated.
        warnings.filterwarnings("ignore", r"(?s)Pydantic serializer warnings:.*`Function`")
        client: AsyncClient = package.AsyncClient(
            self._address.url,
            headers=headers,
            timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT),
            auth=self._sign,
        )
        return client

    def _with_key(self, client: AsyncClient, key: str) -> AsyncClient:
        self._key = key
        return client

    def _sign(self, request: Any) -> Any:
        """Put today's key on a request, and not one that the package found in the environment."""
        if self._key != NO_KEY:
            request.headers["Authorization"] = f"Bearer {self._key}"
        elif "authorization" not in map(str.lower, self._headers()):
            request.headers.pop("Authorization", None)
        return request

    async def _disconnect(self, client: AsyncClient) -> None:
        await client.close()  # type: ignore[no-untyped-call]

    async def _list_models(self, client: AsyncClient) -> list[str]:
        return [model.model for model in (await client.list()).models if model.model]

    async def _send(
        self, client: AsyncClient, request: Request, without: frozenset[Feature]
    ) -> AsyncGenerator[ChatResponse, None]:
        question = question_of(request, self._settings.options, without)
        if not request.stream or Feature.STREAM in without:
            async with asyncio.timeout(for_all(request)):
                whole = await client.chat(**question)
            yield whole
            return
        parts: Any = await client.chat(**question, stream=True)
        async with aclosing(parts):
            async for part in Within(idle(request), parts):
                yield part

    def _reader(self) -> _Answer:
        return _Answer()


class _Answer:
    """Reads one answer, whole or in pieces."""

    def __init__(self) -> None:
        self._last: ChatResponse | None = None
        self._called = False

    def take(self, part: ChatResponse) -> Iterator[Chunk]:
        if part.message.thinking:
            yield Reasoning(part.message.thinking)
        if part.message.content:
            yield Text(part.message.content)
        for call in part.message.tool_calls or ():
            self._called = True
            yield ToolCall(new_id(), call.function.name, json.dumps(dict(call.function.arguments)))
        if part.done:
            self._last = part

    def end(self) -> Iterator[Chunk]:
        if self._last is None:
            raise Failed(Failure(Kind.LOST))
        if self._last.prompt_eval_count is not None or self._last.eval_count is not None:
            yield Usage(self._last.prompt_eval_count, self._last.eval_count)
        reason = finish_reason(self._last.done_reason or "stop")
        yield Finish("tool_calls" if self._called and reason == "stop" else reason)
