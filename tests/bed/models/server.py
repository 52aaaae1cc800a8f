"""The server itself: takes a question, chooses a reply, and sends it with its faults."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal

from aiohttp import web

from .anthropic_wire import AnthropicWire
from .ollama_wire import OllamaWire
from .openai_wire import OpenAIWire
from .reply import Reply
from .responses_wire import ResponsesWire
from .wire import Wire

Api = Literal["openai", "ollama", "anthropic"]

_WIRES: dict[Api, type[OpenAIWire] | type[OllamaWire] | type[AnthropicWire]] = {
    "openai": OpenAIWire,
    "ollama": OllamaWire,
    "anthropic": AnthropicWire,
}


@dataclass(slots=True)
class Received:
    """One question that came in; the names of its headers may be written in any case.

    `ended` is set when it is over, and `left_early` then says how.
    """

    api: Api
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    left_early: bool = False


class ModelServer:
    """A model server on loopback; see the package's docstring.

    Args:
        port: 0 takes a free one.

    Attributes:
        requests: Every question, in the order in which they came.
        otherwise: The reply where nothing is scripted.
        refuses: What it would not take, of "stream", "stream_options", "tools", "temperature" and
            "max_tokens"; refused in the words of real servers.
        names: The models it lists.
        listing: What it sends instead of that list.
        reasoning_field: Where OpenAI's format has the reasoning: "reasoning_content" or
            "reasoning".
    """

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._runner: web.AppRunner | None = None
        self._released = asyncio.Event()
        self.reset()

    def reset(self) -> None:
        """Forget script, refusals and questions, for the next test on the same port."""
        self.release()
        self.requests: list[Received] = []
        self.otherwise = Reply()
        self.refuses: set[str] = set()
        self.names = ["small", "large"]
        self.listing: str | Reply = ""
        self.reasoning_field = "reasoning_content"
        self._replies: deque[Reply] = deque()
        self._choose: Callable[[Received], Reply] | None = None
        self._arrived: asyncio.Queue[Received] = asyncio.Queue()

    async def __aenter__(self) -> ModelServer:
        application = web.Application(client_max_size=64 * 1024 * 1024)
        for api, wire in _WIRES.items():
            application.router.add_post(wire.prefix + wire.asks, self._asked(api))
            application.router.add_get(wire.prefix + wire.models, self._listed(api))
        newer = ResponsesWire()
        application.router.add_post(newer.prefix + newer.asks, self._asked("openai", newer))
        # Without handler_cancellation a handler that only waits would not hear that its client
        # left.
        self._runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._runner:
            await self._runner.cleanup()

    def url_for(self, api: Api) -> str:
        """The `base_url` to configure."""
        return f"http://127.0.0.1:{self.port}{_WIRES[api].prefix}"

    def script(self, *replies: Reply) -> None:
        """Say these next, one for each question."""
        self._replies.extend(replies)

    def answer_with(self, choose: Callable[[Received], Reply] | None) -> None:
        """Let a function choose the reply by the question, where nothing is scripted."""
        self._choose = choose

    def release(self) -> None:
        """Let the replies go on that wait at their `hold_after`."""
        self._released.set()
        self._released = asyncio.Event()

    async def next_request(self) -> Received:
        """The next question that was not yet taken by this method."""
        return await self._arrived.get()

    def _listed(self, api: Api) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.Response:
            if self.listing:
                listing = self.listing
                return _plain(listing if isinstance(listing, Reply) else Reply(body=listing))
            return web.json_response(_WIRES[api]().model_list(self.names))

        return answer

    def _asked(self, api: Api, wire: Wire | None = None) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            received = Received(api, request.path, request.headers, await request.json())
            self.requests.append(received)
            self._arrived.put_nowait(received)
            try:
                return await self._answer(request, received, wire or self._wire(api))
            except (asyncio.CancelledError, ConnectionError):
                received.left_early = True
                raise
            finally:
                received.ended.set()

        return answer

    async def _answer(
        self, request: web.Request, received: Received, wire: Wire
    ) -> web.StreamResponse:
        for feature in (*sorted(self.refuses), "undeclared tools"):
            if refusal := wire.refusal(feature, received.body):
                return web.json_response(refusal[1], status=refusal[0])
        reply = self._reply(received)
        if reply.hang_up:
            _drop(request)
        if reply.status != 200 or reply.body is not None:
            return _plain(reply)
        if reply.lines:
            return await self._send_lines(request, reply)
        if wire.streams(received.body):
            return await self._stream(request, received, wire, reply)
        await asyncio.sleep(reply.delay * len(reply.tokens))
        return web.json_response(wire.whole(received.body, reply), headers=reply.headers)

    def _wire(self, api: Api) -> Wire:
        return OpenAIWire(self.reasoning_field) if api == "openai" else _WIRES[api]()

    def _reply(self, received: Received) -> Reply:
        if self._replies:
            return self._replies.popleft()
        return self._choose(received) if self._choose else self.otherwise

    async def _stream(
        self, request: web.Request, received: Received, wire: Wire, reply: Reply
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers=dict(reply.headers))
        response.content_type = wire.media_type
        await response.prepare(request)
        await _send(response, wire.opening(received.body, reply))
        for count, frames in enumerate(_tokens(wire, reply)):
            await self._fault(count, request, response, wire, reply)
            await asyncio.sleep(reply.delay)
            if reply.half_after == count:
                half = b"".join(frames)
                await response.write(half[: len(half) // 2])
                await response.write_eof()
                return response
            await _send(response, frames)
        await self._fault(len(reply.thoughts + reply.tokens), request, response, wire, reply)
        for index, call in enumerate(reply.calls):
            await _send(response, wire.call(index, call))
        await _send(response, wire.closing(received.body, reply))
        await response.write_eof()
        return response

    async def _send_lines(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        response = web.StreamResponse(headers=dict(reply.headers))
        response.content_type = reply.lines_of
        await response.prepare(request)
        for line in reply.lines:
            await asyncio.sleep(reply.delay)
            await response.write(line.encode())
        if reply.stall_after is not None:
            await asyncio.Event().wait()
        return response

    async def _fault(
        self,
        count: int,
        request: web.Request,
        response: web.StreamResponse,
        wire: Wire,
        reply: Reply,
    ) -> None:
        """What is to happen when so many tokens have been sent."""
        if reply.hold_after == count:
            await self._released.wait()
        if reply.stall_after == count:
            await asyncio.Event().wait()
        if reply.garbage_after == count:
            await response.write(wire.garbage)
        if reply.error_after == count:
            await response.write(wire.error(reply.error))
        if reply.cut_after == count:
            _drop(request)


def _tokens(wire: Wire, reply: Reply) -> Iterator[Iterator[bytes]]:
    for thought in reply.thoughts:
        yield wire.thought(thought)
    for token in reply.tokens:
        yield wire.token(token)


async def _send(response: web.StreamResponse, frames: Iterator[bytes]) -> None:
    for frame in frames:
        await response.write(frame)


def _plain(reply: Reply) -> web.Response:
    if isinstance(reply.body, bytes):
        return web.Response(body=reply.body, status=reply.status, headers=reply.headers)
    if isinstance(reply.body, str):
        kind = "text/html" if reply.body.lstrip().startswith("<") else "text/plain"
        headers = {"Content-Type": kind, **reply.headers}
        return web.Response(text=reply.body, status=reply.status, headers=headers)
    headers = {"Content-Type": "application/json", **reply.headers}
    return web.Response(text=json.dumps(reply.body), status=reply.status, headers=headers)


def _drop(request: web.Request) -> None:
    """Close the connection as a crash does, after what was already written."""
    if request.transport:
        request.transport.close()
    raise ConnectionResetError("dropped to order")
