"""One running MCP session, from its start to its end.

anyio, which `mcp` is built on, demands that the task that enters a session also leaves it. So each
session has an owner task that enters, waits and leaves; calls come from the tasks of the answers.
The server as something that lasts over sessions is servers.py.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from ..config import ToolServer
from .mcp_reading import MOST_TOOLS
from .tool import ToolError
from .transport import failure, transport

if TYPE_CHECKING:
    from mcp import Client
    from mcp.client import IncomingMessage
    from mcp.types import CallToolResult, Tool

Load = Callable[[str], Awaitable[Any]]
"""Imports a package. Raises `PackageMissing`."""

log = logging.getLogger(__name__)

_PAGES = 20  # of a list of tools; a server that has more is broken
_CLOSED = "Connection closed"  # so says mcp (mcp/shared/jsonrpc_dispatcher.py)
_OF_THE_SESSION = re.compile(
    r"\b(session|initiali[sz]ed|uninitiali[sz]ed|unauthori[sz]ed|unauthenticated|expired)\b",
    re.IGNORECASE,
)
_NOT_OF_THE_SESSION = (-32601, -32602)  # no such method, invalid parameters (JSON-RPC 2.0)
_MAYBE_DONE = (500, 502, 504)  # statuses after which a call may have been made all the same


class Forgotten(Exception):
    """The server does not know the session any more: what was asked in it was not done."""


class Session:
    """A session with one server. It starts at once, in its own task; `ready` waits for it."""

    def __init__(self, server: ToolServer, timeout: float, load: Load) -> None:
        self._server = server
        self._load = load
        self._timeout = timeout
        self._ended_at = 0.0
        self._settled = asyncio.Event()
        self._over = asyncio.Event()
        self._failure = f"The tool server `{server.name}` was stopped."
        self._client: Client | None = None
        self._tools: Sequence[Tool] | None = None
        self._asked = 0
        self._retired = False
        self._refused = False
        self.owner = asyncio.create_task(self._own(), name=f"tool server {server.name}")

    @property
    def running(self) -> bool:
        """It has started and has not ended."""
        return self._client is not None and not self._over.is_set()

    @property
    def over(self) -> bool:
        """It has ended, or never began."""
        return self._over.is_set()

    def failed_within(self, seconds: float) -> bool:
        """It could not be started, and that is not longer ago."""
        now = asyncio.get_running_loop().time()
        return self.over and self._client is None and now - self._ended_at < seconds

    async def ready(self) -> Client:
        """The client, once the session runs. Raises `ToolError` where it did not start."""
        await self._settled.wait()
        if self._client is None:
            raise ToolError(self._failure)
        return self._client

    async def tools(self) -> Sequence[Tool]:
        """What the server offers: listed once, and again when it says that this has changed.

        Raises:
            ToolError: It did not start, or has no list of tools.
            Forgotten: See there.
        """
        client = await self.ready()
        if self._tools is None:
            from mcp import MCPError  # by now loaded, off the event loop

            try:
                async with self._asking(self._timeout):
                    self._tools = await _listed(client)
            except (TimeoutError, MCPError, ValueError) as error:
                raise ToolError(
                    f"The tool server `{self._server.name}` has no list of tools to give."
                ) from error
        return self._tools

    async def call(
        self, tool: str, arguments: Mapping[str, Any], seconds: float
    ) -> CallToolResult | str:
        """The result, or what the server says is wrong.

        Raises:
            ToolError: There is no result, nor words about it.
            Forgotten: See there.
        """
        client = await self.ready()
        from mcp import MCPError

        try:
            async with self._asking(seconds):
                return await client.call_tool(tool, dict(arguments))
        except TimeoutError:
            raise ToolError(f"It did not answer within {seconds:g} s.") from None
        except ValueError as error:
            raise ToolError("The tool server sent no result that can be read.") from error
        except MCPError as error:
            return error.message

    def retire(self) -> None:
        """Nothing new is asked of it: it ends when all that was asked is answered."""
        self._retired = True
        if not self._asked:
            self.end()

    def end(self) -> None:
        """Let the owner leave the session and be done; calls in flight fail."""
        self._over.set()
        if not self._settled.is_set():
            self.owner.cancel()

    @asynccontextmanager
    async def _asking(self, seconds: float) -> AsyncGenerator[None, None]:
        from mcp import MCPError

        self._asked += 1
        try:
            async with asyncio.timeout(seconds):
                yield
        except MCPError as error:
            if error.message == _CLOSED:
                self.end()
                raise ToolError("The connection to the tool server was lost.") from error
            if self._is_forgotten(error.code, error.message):
                raise Forgotten from error
            raise
        finally:
            self._asked -= 1
            if self._retired and not self._asked:
                self.end()

    def _is_forgotten(self, code: int, words: str) -> bool:
        """Whether an error is about the session. Servers say so in many ways."""
        if not self._server.url or code in _NOT_OF_THE_SESSION:
            return False
        return self._refused or bool(_OF_THE_SESSION.search(words))

    def _responded(self, status: int) -> None:
        self._refused = status >= 400 and status not in _MAYBE_DONE

    async def _own(self) -> None:
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(self._timeout):
                    self._client = await self._enter(stack)
                self._settled.set()
                await self._over.wait()
        except Exception as error:
            self._failure = failure(self._server, error)
            log.warning("%s", self._failure, exc_info=error)
        finally:
            self._ended_at = asyncio.get_running_loop().time()
            self._over.set()
            self._settled.set()

    async def _enter(self, stack: AsyncExitStack) -> Client:
        mcp = await self._load("mcp")
        client: Client = mcp.Client(
            transport(self._server, self._over.set, self._responded),
            message_handler=self._hear,
            cache=None,
        )
        return await stack.enter_async_context(client)

    async def _hear(self, message: IncomingMessage) -> None:
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            self._tools = None


async def _listed(client: Client) -> Sequence[Tool]:
    tools: list[Tool] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if not cursor or len(tools) > MOST_TOOLS:
            break
    return tools
