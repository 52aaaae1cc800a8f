"""The MCP servers of the instance: started when first needed, shared by all answers, started anew
when they have died, stopped with the plugin.

A server lasts; its sessions come and go (session.py).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ...messages import Tool
from ...providers.importing import load
from ..config import ToolServer
from ..config.mistakes import not_offered
from . import shown
from .session import Forgotten, Load, Session
from .tool import BoundTool, Result, ToolError, from_outside

if TYPE_CHECKING:
    from mcp.types import Tool as Offered

log = logging.getLogger(__name__)

_PAUSE = 60.0  # seconds for which a server that failed to start is left alone
_T = TypeVar("_T")


class Servers:
    """All servers under `tools:`.

    Args:
        configured: By their names.
        start_timeout: Seconds in which a server has to start; `npx` downloads it first.
        call_timeout: Seconds in which a call has to end.
        load: How the package `mcp` is imported.
    """

    def __init__(
        self,
        configured: Mapping[str, ToolServer],
        *,
        start_timeout: float = 60.0,
        call_timeout: float = 60.0,
        load: Load = load,
    ) -> None:
        self._load = load
        self._start_timeout = start_timeout
        self._call_timeout = call_timeout
        self._servers = {name: self._server(each) for name, each in configured.items()}

    def get(self, name: str) -> Server | None:
        """The server of this name."""
        return self._servers.get(name)

    @property
    def mistakes(self) -> tuple[str, ...]:
        """What is wrong with their entries, as far as their tools are known; for admins."""
        return tuple(mistake for server in self._servers.values() for mistake in server.mistakes)

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
        return Server(configured, self._start_timeout, self._call_timeout, self._load)


class Server:
    """A server that is running whenever somebody needs it, until it is stopped.

    Attributes:
        mistakes: What is wrong with its entry in the configuration, now that its tools are known.
            While `approve` has one, every call needs a yes: it could be meant for any tool.
    """

    def __init__(
        self, configured: ToolServer, start_timeout: float, call_timeout: float, load: Load
    ) -> None:
        self._load = load
        self.configured = configured
        self.mistakes: tuple[str, ...] = ()
        self._start_timeout = start_timeout
        self._call_timeout = call_timeout
        self._session: Session | None = None
        self._sessions: set[Session] = set()
        self._stopped = False

    @property
    def running(self) -> bool:
        """It need not be started first."""
        return self._session is not None and self._session.running

    async def tools(self) -> Sequence[BoundTool]:
        """What it offers, under its own names. Raises `ToolError` where it cannot be started."""
        offered = await self._in_session(lambda session: session.tools())
        self._check({tool.name for tool in offered})
        return [self._bound(tool) for tool in offered]

    async def stop(self) -> None:
        """End it for good. Calls in flight fail; no process and no task of it is left."""
        self._stopped = True
        owners = [session.owner for session in self._sessions]
        for session in self._sessions:
            session.end()
        if owners:
            await asyncio.wait(owners)

    async def _in_session(self, ask: Callable[[Session], Awaitable[_T]]) -> _T:
        """What the server answers; asked once more in a new session where it forgot this one.

        Others who asked something in the old one wait for their answers there.
        """
        session = self._begun()
        try:
            return await ask(session)
        except Forgotten:
            log.debug("The tool server %s forgot its session", self.configured.name, exc_info=True)
        if self._session is session:
            self._session = None
            session.retire()
        try:
            return await ask(self._begun())
        except Forgotten as error:
            raise ToolError(
                "The tool server refuses what is asked, also in a new session. Its own log may "
                "say why."
            ) from error

    def _begun(self) -> Session:
        """The session that runs, or a new one where there is none."""
        if self._stopped:
            raise ToolError(f"The tool server `{self.configured.name}` was stopped.")
        last = self._session
        if last is None or (last.over and not last.failed_within(_PAUSE)):
            self._session = last = Session(self.configured, self._start_timeout, self._load)
            self._sessions.add(last)
            last.owner.add_done_callback(lambda _: self._sessions.discard(last))
        return last

    def _check(self, names: Collection[str]) -> None:
        """Whether `approve` names tools that there are. The log has it once."""
        approve, key = self.configured.approve, f"tools.{self.configured.name}.approve"
        unknown = [] if isinstance(approve, str) else [one for one in approve if one not in names]
        mistakes = tuple(not_offered(key, name, names) for name in unknown)
        for mistake in mistakes:
            if mistake not in self.mistakes:
                log.warning("%s", mistake)
        self.mistakes = mistakes

    def _bound(self, tool: Offered) -> BoundTool:
        approve = "always" if self.mistakes else self.configured.approve
        return BoundTool(
            Tool(tool.name, tool.description or "", tool.input_schema),
            title=f"{shown.name(self.configured.name)}: {shown.name(tool.title or tool.name)}",
            call=partial(self._call, tool.name),
            asks_first=approve == "always" or (approve != "never" and tool.name in approve),
        )

    async def _call(self, tool: str, arguments: Mapping[str, Any]) -> Result:
        result = await self._in_session(
            lambda session: session.call(tool, arguments, self._call_timeout)
        )
        if isinstance(result, str):
            return from_outside(tool, result, is_error=True)
        text = "\n".join(block.text for block in result.content if block.type == "text")
        return from_outside(tool, text, is_error=result.is_error)


async def _stop(servers: Iterable[Server]) -> None:
    await asyncio.gather(*(server.stop() for server in servers))
