"""The MCP servers of the instance: started when first needed, shared by all answers, started anew
when they have died, stopped with the plugin. One of them is server.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from ..config import ToolServer
from .server import Server


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


async def _stop(servers: Iterable[Server]) -> None:
    await asyncio.gather(*(server.stop() for server in servers))
