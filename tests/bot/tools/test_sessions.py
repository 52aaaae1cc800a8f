"""Servers over HTTP that forget a session: a new one is begun, and the call made once more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from llmstream.bot.tools import Servers
from llmstream.bot.tools.servers import Server
from llmstream.bot.tools.tool import Result, ToolError

from .web_server import WebServer, reply


@asynccontextmanager
async def running(server: WebServer) -> AsyncGenerator[Server, None]:
    """As the bot has it."""
    async with server.serving() as configured:
        servers = Servers({"web": configured}, call_timeout=5)
        try:
            found = servers.get("web")
            assert found is not None
            yield found
        finally:
            await servers.close()


async def called(server: Server, tool: str = "echo") -> Result:
    offered = {each.told.name: each for each in await server.tools()}
    return await offered[tool].call({})


def error(status: int, code: int, words: str) -> Callable[[Any], web.Response]:
    def respond(number: Any) -> web.Response:
        # Who refuses a request before reading it does not know its number.
        known = number if status < 400 else None
        return reply(known, status=status, error={"code": code, "message": words})

    return respond


def words(status: int, text: str, kind: str = "text/plain") -> Callable[[Any], web.Response]:
    return lambda _: web.Response(status=status, text=text, content_type=kind)


FORGETTING = {
    "the field's own (R06)": error(404, -32600, "Session not found"),
    "404 in words": words(404, "Not Found"),
    "404 in HTML": words(404, "<h1>404</h1>", "text/html"),
    "400 of the TypeScript SDK": error(400, -32000, "Bad Request: No valid session ID provided"),
    "400 of a server that begins anew": error(400, -32000, "Bad Request: Server not initialized"),
    "400 in words": words(400, "Bad Request"),
    "400 in other JSON": words(400, '{"detail": "Missing session ID"}', "application/json"),
    "401": words(401, "Unauthorized"),
    "401 in JSON": error(401, -32001, "Unauthorized"),
    "403": words(403, "Invalid session"),
    "410": words(410, "Gone"),
    "503": words(503, "Service Unavailable"),
    "503 in JSON": error(503, -32000, "upstream restarted"),
    "200 in JSON": error(200, -32000, "Session expired"),
    "200 in JSON, by id": error(200, -32603, "Unknown session id 7"),
    "no text at all": words(404, ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("how", FORGETTING)
async def test_a_forgotten_session_is_begun_anew_and_the_call_made_once_more(how: str) -> None:
    server = WebServer()
    server.unknown = FORGETTING[how]
    async with running(server) as found:
        assert (await called(found)).output == "`said`"
        server.sessions.clear()
        assert (await called(found)).output == "`said`"
        assert server.asked.count("initialize") == 2
        assert server.asked.count("tools/call") == 3
        assert (await called(found)).output == "`said`"
        assert server.asked.count("initialize") == 2


async def test_ten_calls_at_once_begin_one_new_session() -> None:
    server = WebServer()
    server.unknown = error(404, -32600, "Session not found")
    async with running(server) as found:
        await called(found)
        server.sessions.clear()
        results = await asyncio.gather(*(called(found) for _ in range(10)))
    assert {result.output for result in results} == {"`said`"}
    assert server.asked.count("initialize") == 2


async def test_a_server_that_forgets_every_session_is_asked_twice_and_says_so() -> None:
    server = WebServer()
    server.unknown = words(401, "Unauthorized")
    async with running(server) as found:
        tools = await found.tools()
        server.forgetful = True
        server.sessions.clear()
        with pytest.raises(ToolError, match="also in a new session"):
            await tools[0].call({})
    assert server.asked.count("tools/call") == 2


async def test_a_list_of_tools_is_asked_for_once_more_too() -> None:
    server = WebServer()
    server.unknown = error(404, -32600, "Session not found")
    async with running(server) as found:
        session = found._begun()
        await session.ready()
        server.sessions.clear()
        assert [tool.told.name for tool in await found.tools()] == ["echo"]


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [(200, -32000, "No such city"), (400, -32602, "session must be a number"), (500, -32603, "x")],
)
async def test_other_errors_are_the_tools_and_nothing_is_done_twice(
    status: int, code: int, said: str
) -> None:
    server = WebServer(
        lambda method, _: (
            {"error": {"code": code, "message": said}} if method == "tools/call" else None
        ),
        status,
    )
    async with running(server) as found:
        result = await called(found)
    assert result.is_error
    assert said in result.text
    assert server.asked.count("tools/call") == 1
    assert server.asked.count("initialize") == 1


async def test_calls_in_the_old_session_are_answered_there() -> None:
    """One that is forgotten does not end the others."""
    slow_may_end, slow_began = asyncio.Event(), asyncio.Event()
    server = WebServer()
    server.unknown = error(404, -32600, "Session not found")

    async def before(method: str) -> None:
        if method == "tools/call" and not slow_began.is_set():
            slow_began.set()
            await slow_may_end.wait()

    server.before = before
    async with running(server) as found:
        slow = asyncio.create_task(called(found))
        await slow_began.wait()
        server.sessions.clear()
        assert (await called(found)).output == "`said`"
        slow_may_end.set()
        assert (await slow).output == "`said`"


async def test_a_server_that_fails_does_not_cost_the_others() -> None:
    good, bad = WebServer(), WebServer(lambda *_: words(503, "down")(0))
    async with good.serving() as one, bad.serving() as other:
        servers = Servers({"one": one, "other": other})
        try:
            found, broken = servers.get("one"), servers.get("other")
            assert found is not None
            assert broken is not None
            results = await asyncio.gather(called(found), broken.tools(), return_exceptions=True)
            assert isinstance(results[0], Result)
            assert isinstance(results[1], ToolError)
            assert "could not be reached" in str(results[1])
        finally:
            await servers.close()
