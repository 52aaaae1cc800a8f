"""What the model of one answer may use: the tools that the room's settings name."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence

from ...chunks import TaskUpdate, Waiting
from ...messages import Tool
from . import shown
from .clock import TIME
from .fetch import fetch
from .mcp_reading import MOST_TOOLS
from .public_hosts import PORTS
from .servers import Server, Servers
from .tool import BoundTool, ToolError

log = logging.getLogger(__name__)

_NAME_LENGTH = 64  # of a function's name, at OpenAI and Anthropic alike: ^[a-zA-Z0-9_-]{1,64}$


def built_in(fetch_ports: Collection[int] = PORTS) -> Mapping[str, BoundTool]:
    """Tools that need no server, by their names: those in `BUILT_IN_TOOLS` of bot/config."""
    return {"time": TIME, "fetch": fetch(fetch_ports)}


_BUILT_IN = built_in()


class Toolbox:
    """The tools of one answer. Empty until it is opened, as servers are started when first needed.

    Args:
        names: The room's `tools`.
        servers: Where those that are not built in come from.
        built_in: Those that are.
    """

    def __init__(
        self,
        names: Sequence[str],
        servers: Servers,
        built_in: Mapping[str, BoundTool] = _BUILT_IN,
    ) -> None:
        self._names = tuple(dict.fromkeys(names))
        self._servers = servers
        self._built_in = built_in
        self._tools: dict[str, BoundTool] = {}

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What a model is told of them."""
        return tuple(tool.told for tool in self._tools.values())

    def find(self, name: str) -> BoundTool | None:
        """The tool of this name."""
        return self._tools.get(name)

    async def open(self) -> AsyncGenerator[Waiting | TaskUpdate, None]:
        """Start the servers that are not there yet; one that fails is told, the others work."""
        servers: dict[str, Server] = {}
        for name in self._names:
            if tool := self._built_in.get(name):
                self._tools[tool.told.name] = tool
            elif server := self._servers.get(name):
                servers[name] = server
            else:
                yield _missing(name, "There is nothing of this name under `tools:`.")
        if starting := [name for name, server in servers.items() if not server.running]:
            yield Waiting(f"starting {', '.join(starting)}")
        offers = await asyncio.gather(*map(_offer, servers.values()))
        for name, offer in zip(servers, offers, strict=True):
            if isinstance(offer, ToolError):
                yield _missing(name, str(offer))
            elif left_out := self._take(name, offer):
                title = f"Left out {left_out} tools of {shown.name(name)}: too many for a model"
                yield TaskUpdate(f"tools.{name}", title, "error")

    def _take(self, server: str, offer: Sequence[BoundTool]) -> int:
        """Take in what a server offers, as far as a model takes so many. How many it does not."""
        room = MOST_TOOLS - len(self._tools)
        for tool in offer[:room]:
            told = tool.told
            name = _free(f"{server}__{told.name}", self._tools)
            self._tools[name] = BoundTool(
                Tool(name, told.description, told.parameters),
                tool.title,
                tool.call,
                tool.asks_first,
            )
        return max(0, len(offer) - room)


async def _offer(server: Server) -> Sequence[BoundTool] | ToolError:
    try:
        return await server.tools()
    except ToolError as error:
        return error
    except Exception:
        log.exception("The tools of a server could not be listed")
        return ToolError("Its tools could not be listed; the log says why.")


def _missing(name: str, why: str) -> TaskUpdate:
    return TaskUpdate(f"tools.{name}", f"{shown.name(name)} is not available", "error", output=why)


def _free(wanted: str, taken: Mapping[str, object]) -> str:
    """A name that providers accept and that is not taken; the same one each time."""
    name = re.sub(r"[^a-zA-Z0-9_-]", "_", wanted)
    if len(name) <= _NAME_LENGTH and name not in taken:
        return name
    digest = hashlib.sha256(f"{wanted} {len(taken)}".encode()).hexdigest()[:8]
    return f"{name[: _NAME_LENGTH - 9]}_{digest}"
