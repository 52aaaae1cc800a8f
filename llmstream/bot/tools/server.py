"""One MCP server as something that lasts: its sessions come and go (connection.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ...messages import Tool
from ..config import ToolServer
from . import shown
from .connection import Connection
from .contents import text_of
from .results import Result, from_outside
from .tool import BoundTool, ToolError

if TYPE_CHECKING:
    from mcp.types import Tool as Offered

_PAUSE = 60.0  # seconds for which a server that failed to start is left alone
# How mcp says that a session is of no use any more: it has ended
# (shared/jsonrpc_dispatcher.py), or a server over HTTP has forgotten it
# (client/streamable_http.py), which has no code of its own.
_LOST = ("Connection closed", "Session terminated")
_DESCRIPTION = 1024  # characters; OpenAI takes no more


class Server:
    """A server that is running whenever somebody needs it, until it is stopped."""

    def __init__(self, configured: ToolServer, start_timeout: float, call_timeout: float) -> None:
        self.configured = configured
        self._start_timeout = start_timeout
        self._call_timeout = call_timeout
        self._connection: Connection | None = None
        self._owners: set[asyncio.Task[None]] = set()
        self._stopped = False

    @property
    def running(self) -> bool:
        """It need not be started first."""
        return self._connection is not None and self._connection.running

    async def tools(self) -> Sequence[BoundTool]:
        """What it offers, under its own names. Raises `ToolError` where it cannot be started."""
        offered = await self._session().tools()
        return [self._bound(tool) for tool in offered]

    async def stop(self) -> None:
        """End it for good. Calls in flight fail; no process and no task of it is left."""
        self._stopped = True
        if self._connection is not None:
            self._connection.end()
        if self._owners:
            await asyncio.wait(self._owners)

    def _session(self) -> Connection:
        if self._stopped:
            raise ToolError(f"The tool server `{self.configured.name}` was stopped.")
        last = self._connection
        if last is None or (last.over and not last.failed_within(_PAUSE)):
            self._connection = last = Connection(self.configured, self._start_timeout)
            self._owners.add(last.owner)
            last.owner.add_done_callback(self._owners.discard)
        return last

    def _bound(self, tool: Offered) -> BoundTool:
        approve = self.configured.approve
        return BoundTool(
            Tool(tool.name, (tool.description or "")[:_DESCRIPTION], tool.input_schema),
            title=f"{shown.name(self.configured.name)}: {shown.name(tool.title or tool.name)}",
            call=partial(self._call, tool.name),
            asks_first=approve == "always" or (approve != "never" and tool.name in approve),
        )

    async def _call(self, tool: str, arguments: Mapping[str, Any]) -> Result:
        session = self._session()
        client = await session.ready()
        from mcp import MCPError  # by now loaded, off the event loop

        try:
            async with asyncio.timeout(self._call_timeout):
                result = await client.call_tool(tool, dict(arguments))
        except TimeoutError:
            raise ToolError(f"It did not answer within {self._call_timeout:g} s.") from None
        except MCPError as error:
            if error.message in _LOST:
                session.end()
                raise ToolError("The connection to the tool server was lost.") from error
            return from_outside(tool, error.message, is_error=True)
        return from_outside(tool, text_of(result), is_error=result.is_error)
