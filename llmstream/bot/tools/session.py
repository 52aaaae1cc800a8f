"""One running MCP session, from its start to its end.

anyio, which `mcp` is built on, demands that the task that enters a session also leaves it. So each
session has an owner task that enters, waits and leaves; calls come from the tasks of the answers.
The server as something that lasts over sessions is servers.py.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from ...providers.importing import load
from ..config import ToolServer
from .mcp_reading import MOST_TOOLS
from .tool import ToolError
from .transport import failure, transport

if TYPE_CHECKING:
    from mcp import Client
    from mcp.client import IncomingMessage
    from mcp.types import Tool

log = logging.getLogger(__name__)

_PAGES = 20  # of a list of tools; a server that has more is broken


class Session:
    """A session with one server. It starts at once, in its own task; `ready` waits for it."""

    def __init__(self, server: ToolServer, timeout: float) -> None:
        self._server = server
        self._timeout = timeout
        self._ended_at = 0.0
        self._settled = asyncio.Event()
        self._over = asyncio.Event()
        self._failure = f"The tool server `{server.name}` was stopped."
        self._client: Client | None = None
        self._tools: Sequence[Tool] | None = None
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
        """
        client = await self.ready()
        if self._tools is None:
            from mcp import MCPError

            try:
                async with asyncio.timeout(self._timeout):
                    self._tools = await _listed(client)
            except (TimeoutError, MCPError, ValueError) as error:
                raise ToolError(
                    f"The tool server `{self._server.name}` has no list of tools to give."
                ) from error
        return self._tools

    def end(self) -> None:
        """Let the owner leave the session and be done; calls in flight fail."""
        self._over.set()
        if not self._settled.is_set():
            self.owner.cancel()

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
        mcp = await load("mcp")
        client: Client = mcp.Client(
            transport(self._server, self._over.set),
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
