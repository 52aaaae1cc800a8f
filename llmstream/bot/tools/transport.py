"""The two ways to an MCP server, a process of our own or an address, and why one leads nowhere.

A server's own words stay out of what the room reads: they are from outside and may hold what is
secret. The log has them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...providers.errors import PackageMissing
from ...secrets import SecretMissing, read_secret
from ..config import ToolServer
from .bounded_http import bounded
from .bounded_stdio import process_streams
from .mcp_reading import mended
from .tool import ToolError

if TYPE_CHECKING:
    from mcp.client import Transport
    from mcp.client._transport import TransportStreams

_EVENT_SIZE = 16 * 2**20  # bytes of one message over HTTP; mcp's own limit is 1 MiB
_SECONDS = 30.0  # for a connection over HTTP, and to send something over it
_SILENCE = 300.0  # seconds that an HTTP server may be silent; a call's own time-out is shorter


def transport(
    server: ToolServer, ended: Callable[[], None], responded: Callable[[int], None]
) -> Transport:
    """How to reach this server.

    Args:
        ended: Called when a process of our own has gone.
        responded: Hears the status of each response to something asked over HTTP.
    """
    return _over_http(server, responded) if server.url else _in_a_process(server, ended)


def failure(server: ToolServer, error: BaseException) -> str:
    """What went wrong while this server was started or used."""
    error = _first(error)
    name = f"The tool server `{server.name}`"
    if isinstance(error, (ToolError, PackageMissing)):
        return str(error)
    if isinstance(error, TimeoutError):
        return f"{name} started but did not answer in time. Is it an MCP server?"
    if server.url:
        return (
            f"{name} could not be reached at {_host(server.url)}. Is it running, and are "
            f"tools.{server.name}.url and its headers right?"
        )
    if isinstance(error, FileNotFoundError):
        return (
            f"{name} cannot start: there is no command `{server.command}` where this bot runs. "
            f"Install it there, or change tools.{server.name}.command."
        )
    if isinstance(error, OSError):
        return (
            f"{name} cannot start: {error.strerror or 'its command failed'}. "
            f"Check tools.{server.name}.command."
        )
    return f"{name} ended while it was starting. The log says why."


@asynccontextmanager
async def _over_http(
    server: ToolServer, responded: Callable[[int], None]
) -> AsyncGenerator[TransportStreams, None]:
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    async def note(response: httpx2.Response) -> None:
        if response.request.method == "POST":
            responded(response.status_code)

    given = await asyncio.to_thread(_resolved, server.name, "headers", server.headers)
    url = httpx2.URL(server.url)
    options: dict[str, Any] = {
        "headers": {"Accept-Encoding": "identity", **given},
        "timeout": httpx2.Timeout(_SECONDS, read=_SILENCE),
        "event_hooks": {"response": [bounded, note]},
        "auth": (url.username, url.password) if url.userinfo else None,
    }
    # In a thread, because it reads the certificates of the host.
    client = await asyncio.to_thread(httpx2.AsyncClient, **options)
    # httpx2 logs the addresses it asks, so no password may stay in there.
    plain = str(url.copy_with(userinfo=b""))
    async with (
        client,
        streamable_http_client(
            plain, http_client=client, max_sse_event_size=_EVENT_SIZE
        ) as streams,
    ):
        read, write = streams
        yield _Received(read), write


@asynccontextmanager
async def _in_a_process(
    server: ToolServer, ended: Callable[[], None]
) -> AsyncGenerator[TransportStreams, None]:
    env = await asyncio.to_thread(_resolved, server.name, "env", server.env)
    async with process_streams(server.command, server.args, env) as (read, write):
        yield _Received(read, ended), write


class _Received:
    """A server's messages, mended before mcp judges them (mcp_reading.py).

    Tells when they have ended: mcp tells only the calls in flight that a server has gone; one that
    dies between two calls would be noticed by failing the next one.
    """

    def __init__(self, stream: Any, ended: Callable[[], None] = lambda: None) -> None:
        self._stream = stream
        self._ended = ended

    @property
    def last_context(self) -> Any:
        """What mcp reads of its own streams."""
        return getattr(self._stream, "last_context", None)

    async def receive(self) -> Any:
        return _mended(await self._stream.receive())

    def __aiter__(self) -> _Received:
        return self

    async def __anext__(self) -> Any:
        return _mended(await self._stream.__anext__())

    async def aclose(self) -> None:
        self._ended()
        await self._stream.aclose()

    async def __aenter__(self) -> _Received:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()


def _mended(received: Any) -> Any:
    message: Any = getattr(received, "message", None)
    if isinstance(result := getattr(message, "result", None), dict):
        message.result = mended(result)
    return received


def _resolved(server: str, key: str, values: Mapping[str, str]) -> dict[str, str]:
    """The values themselves. Reads files: call it off the event loop.

    Raises:
        ToolError: One is not where it should be.
    """
    return {name: _found(f"tools.{server}.{key}.{name}", value) for name, value in values.items()}


def _found(key: str, value: str) -> str:
    try:
        return read_secret(value)
    except SecretMissing as error:
        raise ToolError(f"{key} names {error}. Put it there, or change {key}.") from None


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
