"""An MCP server over HTTP by hand, to say what no server of the reference package would."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from aiohttp import web
from aiohttp.test_utils import TestServer

from llmstream.bot.config import ToolServer

Answer: TypeAlias = web.Response | dict[str, Any] | None


class WebServer:
    """Says `answer(method, params)` where that is something; else what a good server says.

    Attributes:
        asked: The methods, in order.
        sessions: The ids of the sessions that it knows.
        unknown: What it says to others; None where it looks at none.
        forgetful: It forgets each session at once.
        before: Waited for before it answers a method.
    """

    def __init__(
        self,
        answer: Callable[[str, dict[str, Any]], Answer] = lambda *_: None,
        status_of_errors: int = 200,
    ) -> None:
        self.asked: list[str] = []
        self.sessions: list[str] = []
        self.unknown: Callable[[Any], web.Response] | None = None
        self.before: Callable[[str], Awaitable[None]] | None = None
        self.forgetful = False
        self._answer = answer
        self._status_of_errors = status_of_errors
        self._begun = 0

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[ToolServer, None]:
        app = web.Application()
        app.router.add_post("/mcp", self._post)
        async with TestServer(app) as server:
            yield ToolServer("web", url=str(server.make_url("/mcp")))

    async def _post(self, request: web.Request) -> web.Response:
        message = await request.json()
        method, number = message["method"], message.get("id")
        self.asked.append(method)
        if number is None:
            return web.Response(status=202)
        begins = method in ("initialize", "server/discover")
        known = begins or request.headers.get("mcp-session-id") in self.sessions
        if self.unknown and not known:
            return self.unknown(number)
        if self.before:
            await self.before(method)
        answer = self._answer(method, message.get("params") or {})
        if isinstance(answer, web.Response):
            return answer
        return self._good(method, number, answer)

    def _good(self, method: str, number: Any, answer: dict[str, Any] | None) -> web.Response:
        headers = {}
        if answer and "error" in answer:
            return reply(number, status=self._status_of_errors, error=answer["error"])
        match method:
            case "initialize":
                self._begun += 1
                headers["mcp-session-id"] = session = f"session{self._begun}"
                if not self.forgetful:
                    self.sessions.append(session)
                answer = answer or {
                    "protocolVersion": "2025-03-26",
                    "capabilities": {"tools": {"listChanged": True}},
                    "serverInfo": {"name": "web", "version": "1"},
                }
            case "tools/list":
                answer = answer or {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]}
            case "tools/call":
                answer = answer or {"content": [{"type": "text", "text": "said"}]}
            case _:
                return reply(number, error={"code": -32601, "message": "Method not found"})
        return reply(number, headers=headers, result=answer)


def reply(
    number: Any, *, status: int = 200, headers: dict[str, str] | None = None, **body: Any
) -> web.Response:
    """A JSON-RPC response."""
    text = json.dumps({"jsonrpc": "2.0", "id": number, **body})
    return web.Response(text=text, status=status, headers=headers, content_type="application/json")
