"""What stands between maubot and Synapse: it passes all on, and does to it what is ordered.

    async with Gateway.up(synapse.url) as gateway:
        bot = await bed.bot(homeserver=gateway.url)
        gateway.order(lambda asked: BAD_GATEWAY if asked.is_final else FINE)
        ...
        gateway.order(None)
        async with gateway.away():  # nobody listens, and who was connected is thrown out
            ...

The faults are those of tests/faults.py. What it saw is in `seen`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import aiohttp
from aiohttp import web

from tests.faults import FINE, Answer, Fault

from .message import ANSWER
from .process import free_port

Kind: TypeAlias = Literal["send", "sync", "other"]

# Those of one connection, not of what goes over it.
_HOP = ("Transfer-Encoding", "Connection", "Content-Length", "Content-Encoding", "Host", "Date")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request on its way to the homeserver."""

    method: str
    path: str
    body: bytes = field(repr=False)
    token: str = field(default="", repr=False)

    @property
    def kind(self) -> Kind:
        """An event that is sent, a sync, or any other."""
        if "/sync" in self.path:
            return "sync"
        return "send" if self.method == "PUT" and "/send/" in self.path else "other"

    @property
    def is_final(self) -> bool:
        """The last event of an answer, as far as that can be read: not where it is encrypted."""
        return self.kind == "send" and ANSWER.encode() in self.body


Order: TypeAlias = Callable[[Asked], Fault]


class Gateway:
    """One on loopback.

    Attributes:
        url: The homeserver's address, as the bot is to know it.
        seen: How many requests of which kind came.
    """

    def __init__(self, upstream: str, http: aiohttp.ClientSession, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.seen: Counter[str] = Counter()
        self._upstream = upstream
        self._http = http
        self._port = port
        self._order: Order | None = None
        self._server = web.Server(self._handle, access_log=None)
        self._listening: asyncio.Server | None = None

    @classmethod
    @asynccontextmanager
    async def up(cls, upstream: str) -> AsyncIterator[Gateway]:
        """Stand before the server at this address until the block ends."""
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as http:
            gateway = cls(upstream, http, free_port())
            await gateway.come()
            try:
                yield gateway
            finally:
                gateway.go()
                await gateway._server.shutdown(0.1)

    def order(self, order: Order | None) -> None:
        """What is done to each request from now on; None lets them pass."""
        self._order = order

    def go(self) -> None:
        """From now on connections are refused, and those that were open are gone."""
        if self._listening:
            self._listening.close()
        self._listening = None
        for connection in self._server.connections:
            if connection.transport:
                connection.transport.abort()

    async def come(self) -> None:
        """It is there again."""
        loop = asyncio.get_running_loop()
        if self._listening is None:
            self._listening = await loop.create_server(self._server, "127.0.0.1", self._port)

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """It is gone for as long as the block lasts."""
        self.go()
        try:
            yield
        finally:
            await self.come()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        asked = Asked(request.method, request.path, await request.read(), token)
        self.seen[asked.kind] += 1
        fault = self._order(asked) if self._order else FINE
        await asyncio.sleep(fault.before)
        answer = await self._pass_on(request, asked.body) if fault.stored else Answer(502)
        await asyncio.sleep(fault.after)
        if fault.drops or answer is None:
            if request.transport:
                request.transport.abort()
            return web.Response()  # to nobody
        answer = fault.answer or answer
        if fault.halves:
            return await self._half(request, answer)
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    async def _half(self, request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
        """The headers and half of the body; then the connection is gone."""
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.content_length = len(answer.body)
        await response.prepare(request)
        await response.write(answer.body[: len(answer.body) // 2])
        if request.transport:
            request.transport.abort()
        return response

    async def _pass_on(self, request: web.BaseRequest, body: bytes) -> Answer | None:
        """The server's answer; None where it is not there."""
        headers = {name: value for name, value in request.headers.items() if name not in _HOP}
        headers["Accept-Encoding"] = "identity"
        try:
            async with self._http.request(
                request.method,
                self._upstream + request.raw_path,
                data=body,
                headers=headers,
                allow_redirects=False,
            ) as response:
                kept = {
                    name: value for name, value in response.headers.items() if name not in _HOP
                }
                return Answer(response.status, await response.read(), kept)
        except aiohttp.ClientError:
            return None
