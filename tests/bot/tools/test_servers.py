"""MCP servers: started when needed, shared, started anew, stopped. Against real ones."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llmstream.bot.config import ToolServer
from llmstream.bot.tools import Servers
from llmstream.bot.tools.tool import LIMIT, Result, ToolError

from .conftest import STDIO, serving, until

pytestmark = pytest.mark.slow


async def call(servers: Servers, tool: str, server: str = "odd", **arguments: Any) -> Result:
    found = servers.get(server)
    assert found is not None
    offered = {each.told.name: each for each in await found.tools()}
    return await offered[tool].call(arguments)


async def process(servers: Servers) -> int:
    return int((await call(servers, "process")).output.strip("`"))


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_tool_of_a_process_is_called(servers: Servers) -> None:
    result = await call(servers, "echo", text="hello there")
    assert result.output == "`hello there`"
    assert "hello there" in result.text
    assert not result.is_error


async def test_a_tool_over_http_is_called(over_http: ToolServer) -> None:
    servers = Servers({"odd": over_http})
    try:
        assert (await call(servers, "echo", text="hello there")).output == "`hello there`"
    finally:
        await servers.close()


async def test_a_server_of_the_first_protocol_works_and_may_change_its_tools(
    servers: Servers,
) -> None:
    assert (await call(servers, "grow", "old")).output == "`grown`"
    old = servers.get("old")
    assert old is not None
    assert [tool.told.name for tool in await old.tools()] == ["grow", "grown"]


async def test_all_answers_share_one_process(servers: Servers) -> None:
    assert len(set(await asyncio.gather(*(process(servers) for _ in range(5))))) == 1


async def test_nothing_is_started_before_it_is_needed(servers: Servers) -> None:
    odd = servers.get("odd")
    assert odd is not None
    assert not odd.running
    await odd.tools()
    assert odd.running


async def test_a_tool_that_hangs_ends_as_an_error_and_others_go_on() -> None:
    servers = Servers({"odd": STDIO}, call_timeout=0.5)
    try:
        before = await process(servers)
        hanging = asyncio.create_task(call(servers, "hang"))
        assert (await call(servers, "echo", text="meanwhile")).output == "`meanwhile`"
        with pytest.raises(ToolError, match=r"did not answer within 0\.5 s"):
            await hanging
        assert await process(servers) == before
    finally:
        await servers.close()


@pytest.mark.parametrize("transport", ["process", "http"])
async def test_cancelling_an_answer_cancels_its_own_call_on_the_server(
    transport: str, over_http: ToolServer, tmp_path: Path
) -> None:
    servers = Servers({"odd": STDIO if transport == "process" else over_http})
    try:
        before = await process(servers)
        mine, other = tmp_path / "mine", tmp_path / "other"
        calls = [asyncio.create_task(call(servers, "hang", mark=str(m))) for m in (mine, other)]
        await until(lambda: mine.exists() and other.exists())
        calls[0].cancel()
        await until(lambda: mine.read_text() == "cancelled")
        assert other.read_text() == "called"
        assert not calls[1].done()
        assert await process(servers) == before
        calls[1].cancel()
        await asyncio.wait(calls)
    finally:
        await servers.close()


async def test_a_server_that_dies_fails_the_calls_in_flight_and_comes_back(
    servers: Servers,
) -> None:
    before = await process(servers)
    ends = await asyncio.gather(
        call(servers, "hang"), call(servers, "die"), return_exceptions=True
    )
    assert [str(end) for end in ends] == ["The connection to the tool server was lost."] * 2
    assert await process(servers) != before


async def test_a_server_that_died_unnoticed_is_back_for_the_next_call(servers: Servers) -> None:
    before = await process(servers)
    odd = servers.get("odd")
    assert odd is not None
    os.kill(before, signal.SIGKILL)
    await until(lambda: not odd.running)
    assert await process(servers) != before


async def test_a_server_over_http_may_go_and_come_back(unused_tcp_port: int) -> None:
    servers = Servers({"odd": ToolServer("odd", url=f"http://127.0.0.1:{unused_tcp_port}/mcp")})
    try:
        async with serving(unused_tcp_port):
            assert (await call(servers, "echo", text="one")).output == "`one`"
        with pytest.raises(ToolError):
            await call(servers, "echo", text="two")
        async with serving(unused_tcp_port):
            assert (await call(servers, "echo", text="three")).output == "`three`"
    finally:
        await servers.close()


async def test_closing_leaves_no_process_and_no_task() -> None:
    before = asyncio.all_tasks()
    servers = Servers({"odd": STDIO})
    running = await process(servers)
    hanging = asyncio.create_task(call(servers, "hang"))
    await asyncio.sleep(0)
    await servers.close()
    assert not alive(running)
    await asyncio.wait([hanging])
    assert isinstance(hanging.exception(), ToolError)
    await until(lambda: asyncio.all_tasks() == before)


async def test_closing_leaves_nothing_of_a_session_over_http(over_http: ToolServer) -> None:
    before = asyncio.all_tasks()
    servers = Servers({"odd": over_http})
    await call(servers, "echo", text="hi")
    await servers.close()
    assert asyncio.all_tasks() == before


async def test_closing_stops_a_server_that_is_still_starting() -> None:
    before = asyncio.all_tasks()
    silent = ToolServer("silent", command=sys.executable, args=("-c", "input(); input(); input()"))
    servers = Servers({"silent": silent})
    server = servers.get("silent")
    assert server is not None
    listing = asyncio.create_task(server.tools())
    await asyncio.sleep(0.1)
    await servers.close()
    with pytest.raises(ToolError, match="was stopped"):
        await listing
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize(
    ("server", "sentence"),
    [
        (ToolServer("x", command="/no/such"), "there is no command `/no/such`"),
        (ToolServer("x", command="/"), "cannot start: Permission denied"),
        (ToolServer("x", command=sys.executable, args=("-c", "")), "ended while it was starting"),
        (ToolServer("x", command="sleep", args=("60",)), "did not answer in time"),
        (ToolServer("x", url="http://me:secret@127.0.0.1:9/mcp"), "at 127.0.0.1:9."),
        (replace(STDIO, name="x", env={"KEY": "env:NOT_SET_HERE"}), "variable NOT_SET_HERE"),
        (replace(STDIO, name="x", env={"KEY": "file:/no/such"}), "file /no/such"),
    ],
)
async def test_a_server_that_does_not_start_says_why(server: ToolServer, sentence: str) -> None:
    before = asyncio.all_tasks()
    servers = Servers({"x": server}, start_timeout=1 if server.command == "sleep" else 30)
    found = servers.get("x")
    assert found is not None
    with pytest.raises(ToolError) as caught:
        await found.tools()
    assert sentence in str(caught.value)
    assert "secret" not in str(caught.value)
    await servers.close()
    assert asyncio.all_tasks() == before


async def test_a_missing_package_is_named_with_ways_to_get_it(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    odd = servers.get("odd")
    assert odd is not None
    with pytest.raises(ToolError, match=r"package `mcp` is not installed .*pip install mcp"):
        await odd.tools()


async def test_five_megabytes_become_a_bounded_text_and_one_short_line() -> None:
    servers = Servers({"odd": STDIO})  # which may take its time
    try:
        result = await call(servers, "huge")
    finally:
        await servers.close()
    assert len(result.text) < LIMIT + 1000
    assert f"{5_000_000 - LIMIT} more characters were left out" in result.text
    assert len(result.output) < 200


async def test_five_megabytes_over_http_are_bounded_too(over_http: ToolServer) -> None:
    servers = Servers({"odd": over_http})
    try:
        assert "more characters were left out" in (await call(servers, "huge")).text
    finally:
        await servers.close()


async def test_an_error_of_a_tool_is_an_error_in_the_tools_words(servers: Servers) -> None:
    result = await call(servers, "broken")
    assert result.is_error
    assert "Error executing tool broken" in result.text


async def test_a_picture_is_named(servers: Servers) -> None:
    assert (await call(servers, "picture")).output == "`[image: image/png, 2 KiB]`"


async def test_a_process_gets_the_environment_it_is_given_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.setenv("SOURCE", "from the environment")
    env = {"A": "itself", "B": "env:SOURCE", "C": f"file:{tmp_path / 'key'}"}
    servers = Servers({"odd": replace(STDIO, env=env)})
    try:
        found = [(await call(servers, "variable", name=name)).output for name in "ABC"]
        assert found == ["`itself`", "`from the environment`", "`from a file`"]
        assert (await call(servers, "variable", name="SOURCE")).output == "`unset`"
    finally:
        await servers.close()


async def test_headers_are_sent(over_http: ToolServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "Bearer abc")
    servers = Servers({"odd": replace(over_http, headers={"Authorization": "env:TOKEN"})})
    try:
        assert (await call(servers, "header", name="authorization")).output == "`Bearer abc`"
    finally:
        await servers.close()


async def test_a_new_configuration_stops_what_changed_and_keeps_the_rest(servers: Servers) -> None:
    old, before = servers.get("old"), await process(servers)
    assert old is not None
    await old.tools()
    await servers.configure({"odd": STDIO})
    assert servers.get("old") is None
    assert not old.running
    assert await process(servers) == before
    await servers.configure({"odd": replace(STDIO, approve="always")})
    assert not alive(before)
    assert await process(servers) != before
