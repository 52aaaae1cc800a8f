"""The MCP servers of the instance: started when first needed, shared by all answers, started anew
when they have died, stopped with the plugin.

A server lasts; its sessions come and go (session.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ...messages import Tool
from ..config import ToolServer
from . import shown
from .session import Session
from .tool import BoundTool, Result, ToolError, from_outside

if TYPE_CHECKING:
    from mcp.types import Tool as Offered

_PAUSE = 60.0  # seconds for which a server that failed to start is left alone
# How mcp says that a session is of no use any more: it has ended
# (mcp/shared/jsonrpc_dispatcher.py), or a server over HTTP has forgotten it
# (mcp/client/streamable_http.py), which has no code of its own.
_LOST = ("Connection closed", "Session terminated")


class Servers:
    """All servers under `tools:`.

    Args:
        configured: By their names.
        start_timeout: Seconds in which a server has to start; `npx` downloads it first.
        call_timeout: Seconds in which a call has to end.
    """

    def __init__(
        self,
        configured: Mapping[str, ToolServer],
        *,
        start_timeout: float = 60.0,
        call_timeout: float = 60.0,
    ) -> None:
        self._start_timeout = start_timeout
        self._call_timeout = call_timeout
        self._servers = {name: self._server(each) for name, each in configured.items()}

    def get(self, name: str) -> Server | None:
        """The server of this name."""
        return self._servers.get(name)

    async def configure(self, configured: Mapping[str, ToolServer]) -> None:
        """The configuration has changed: servers that did stop, the others stay as they are."""
        before = self._servers
        self._servers = {
            name: before[name]
            if name in before and before[name].configured == each
            else self._server(each)
            for name, each in configured.items()
        }
        kept = self._servers.values()
        await _stop(server for server in before.values() if server not in kept)

    async def close(self) -> None:
        """Stop all servers; no process and no task is left."""
        await _stop(self._servers.values())

    def _server(self, configured: ToolServer) -> Server:
        return Server(configured, self._start_timeout, self._call_timeout)


class Server:
    """A server that is running whenever somebody needs it, until it is stopped."""

    def __init__(self, configured: ToolServer, start_timeout: float, call_timeout: float) -> None:
        self.configured = configured
        self._start_timeout = start_timeout
        self._call_timeout = call_timeout
        self._session: Session | None = None
        self._owners: set[asyncio.Task[None]] = set()
        self._stopped = False

    @property
    def running(self) -> bool:
        """It need not be started first."""
        return self._session is not None and self._session.running

    async def tools(self) -> Sequence[BoundTool]:
        """What it offers, under its own names. Raises `ToolError` where it cannot be started."""
        offered = await self._begun().tools()
        return [self._bound(tool) for tool in offered]

    async def stop(self) -> None:
        """End it for good. Calls in flight fail; no process and no task of it is left."""
        self._stopped = True
        if self._session is not None:
            self._session.end()
        if self._owners:
            await asyncio.wait(self._owners)

    def _begun(self) -> Session:
        """The session that runs, or a new one where there is none."""
        if self._stopped:
            raise ToolError(f"The tool server `{self.configured.name}` was stopped.")
        last = self._session
        if last is None or (last.over and not last.failed_within(_PAUSE)):
            self._session = last = Session(self.configured, self._start_timeout)
            self._owners.add(last.owner)
            last.owner.add_done_callback(self._owners.discard)
        return last

    def _bound(self, tool: Offered) -> BoundTool:
        approve = self.configured.approve
        return BoundTool(
            Tool(tool.name, tool.description or "", tool.input_schema),
            title=f"{shown.name(self.configured.name)}: {shown.name(tool.title or tool.name)}",
            call=partial(self._call, tool.name),
            asks_first=approve == "always" or (approve != "never" and tool.name in approve),
        )

    async def _call(self, tool: str, arguments: Mapping[str, Any]) -> Result:
        session = self._begun()
        client = await session.ready()
        from mcp import MCPError  # by now loaded, off the event loop

        try:
            async with asyncio.timeout(self._call_timeout):
                result = await client.call_tool(tool, dict(arguments))
        except ValueError as error:
            raise ToolError("The tool server sent no result that can be read.") from error
        except TimeoutError:
            raise ToolError(f"It did not answer within {self._call_timeout:g} s.") from None
        except MCPError as error:
            if error.message in _LOST:
                session.end()
                raise ToolError("The connection to the tool server was lost.") from error
            return from_outside(tool, error.message, is_error=True)
        text = "\n".join(block.text for block in result.content if block.type == "text")
        return from_outside(tool, text, is_error=result.is_error)


async def _stop(servers: Iterable[Server]) -> None:
    await asyncio.gather(*(server.stop() for server in servers))
