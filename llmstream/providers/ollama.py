"""Ollama's own API.

A conversation that is too long is cut by Ollama itself, silently: `options: {num_ctx: …}` raises
what it takes. How questions are written is in ollama_form.py.
API: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from ..chunks import Chunk, Finish, Reasoning, Text, ToolCall, Usage
from ..finish_reasons import finish_reason
from ..shapes import count, mapping, mappings, text, word
from .base import ProviderType, Request, Settings
from .bounds import MOST_CALLS, bound, too_large
from .failures import Failed, Failure, Kind, failure_said
from .frames import Frame
from .listening import Response
from .ollama_form import body_of
from .refusals import Terms
from .remote import CONNECT_TIMEOUT, NO_KEY, Remote
from .tool_call_pieces import arguments_in, arguments_text, function_in, new_id, tool_name

if TYPE_CHECKING:
    from ollama import AsyncClient


class Ollama(Remote["AsyncClient"]):
    """A server of Ollama.

    `options` are the model's (`num_ctx`), `think`, `keep_alive`, `format`.
    """

    def __init__(self, settings: Settings, kind: ProviderType) -> None:
        super().__init__(settings, kind)
        self._key = NO_KEY

    def _connect(self, package: Any, headers: dict[str, str]) -> AsyncClient:
        import httpx  # loaded with the package

        client: AsyncClient = package.AsyncClient(
            self._address.url,
            headers=headers,
            timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT),
            auth=self._sign,
            event_hooks={"response": [bound]},
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

    def _list(self, client: AsyncClient) -> AbstractAsyncContextManager[Response]:
        return _asked(client, "GET", "/api/tags")

    def _send(
        self, client: AsyncClient, request: Request, terms: Terms
    ) -> AbstractAsyncContextManager[Response]:
        body = body_of(request, self._settings.options, terms)
        return _asked(client, "POST", "/api/chat", {**body, "stream": request.stream})

    def reader(self) -> _Answer:
        return _Answer()


@asynccontextmanager
async def _asked(
    client: AsyncClient, method: str, path: str, body: Any = None
) -> AsyncGenerator[Response, None]:
    """A response over the package's connection; the package has no way of its own to the lines."""
    async with client._client.stream(method, path, json=body) as response:
        if response.is_error:
            await response.aread()
            raise Failed(failure_said(response.text, response.status_code, response.headers))
        yield response


class _Answer:
    """Reads one answer, whole or in pieces."""

    def __init__(self) -> None:
        self._last: Frame | None = None
        self._calls = 0
        self._known = False

    @property
    def ended(self) -> bool:
        return self._last is not None

    def take(self, piece: Frame) -> Iterator[Chunk]:
        self._known = self._known or "message" in piece or "done" in piece
        message = mapping(piece.get("message"))
        if thought := text(message.get("thinking")):
            yield Reasoning(thought)
        if said := text(message.get("content") or piece.get("response")):
            yield Text(said)
        for call in mappings(message.get("tool_calls")):
            function = function_in(call)
            if name := tool_name(function.get("name")):
                self._calls += 1
                yield ToolCall(new_id(), name, arguments_text([arguments_in(function)]))
        if self._calls > MOST_CALLS:
            raise too_large()
        if piece.get("done") in (True, "true"):
            self._last = piece

    def end(self) -> Iterator[Chunk]:
        if not self._known:
            raise Failed(Failure(Kind.FOREIGN))
        if self._last is None:
            raise Failed(Failure(Kind.LOST))
        usage = Usage(
            count(self._last.get("prompt_eval_count")), count(self._last.get("eval_count"))
        )
        if usage != Usage():
            yield usage
        reason = finish_reason(word(self._last.get("done_reason")) or "stop")
        yield Finish("tool_calls" if self._calls and reason == "stop" else reason)
