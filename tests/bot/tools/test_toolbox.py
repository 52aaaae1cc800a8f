"""What one room may use."""

from __future__ import annotations

import re

import pytest

from llmstream.bot.config import BUILT_IN_TOOLS, ToolServer
from llmstream.bot.tools import Servers, Toolbox, built_in
from llmstream.bot.tools.tool import ToolError
from llmstream.chunks import TaskUpdate, Waiting

from .conftest import STDIO

pytestmark = pytest.mark.slow


async def test_a_room_has_the_tools_that_it_names_and_no_others(servers: Servers) -> None:
    toolbox = Toolbox(["time", "odd"], servers)
    assert [chunk async for chunk in toolbox.open()] == [Waiting("starting odd")]
    names = [tool.name for tool in toolbox.tools]
    assert names[0] == "time"
    assert "odd__echo" in names
    assert "fetch" not in names
    assert toolbox.find("fetch") is None


async def test_names_fit_every_provider_and_stay_apart() -> None:
    long = "a name, far too long for the rules of any provider of models, with äöü in it "
    configured = {long: STDIO, long + "!": STDIO}
    servers = Servers(configured)
    try:
        toolbox = Toolbox(list(configured), servers)
        async for _ in toolbox.open():
            pass
        names = [tool.name for tool in toolbox.tools]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch("[a-zA-Z0-9_-]{1,64}", name) for name in names)
    finally:
        await servers.close()


async def test_what_does_not_work_is_told_and_the_rest_works(servers: Servers) -> None:
    await servers.configure({"odd": STDIO, "no": ToolServer("no", command="/no/such")})
    toolbox = Toolbox(["no", "what", "odd"], servers)
    told = [chunk async for chunk in toolbox.open() if isinstance(chunk, TaskUpdate)]
    assert [(task.title, task.status) for task in told] == [
        ("what is not available", "error"),
        ("no is not available", "error"),
    ]
    assert "/no/such" in (told[1].output or "")
    assert toolbox.find("odd__echo") is not None


async def test_a_server_that_failed_is_not_waited_for_again_at_once() -> None:
    servers = Servers({"x": ToolServer("x", command="sleep", args=("60",))}, start_timeout=0.5)
    server = servers.get("x")
    assert server is not None
    sentences = []
    for _ in range(2):
        with pytest.raises(ToolError) as caught:
            await server.tools()
        sentences.append(str(caught.value))
    assert sentences[0] == sentences[1]
    await servers.close()


async def test_time_is_told_in_the_zone_that_is_asked_for() -> None:
    time = Toolbox(["time"], Servers({}))
    async for _ in time.open():
        pass
    tool = time.find("time")
    assert tool is not None
    assert re.search(r"\w+day, \d{4}-\d\d-\d\d .*\+0000 \(UTC\)", (await tool.call({})).text)
    assert "(Asia/Kolkata)" in (await tool.call({"zone": "Asia/Kolkata"})).text
    assert "+0530" in (await tool.call({"zone": "Asia/Kolkata"})).text


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/passwd", "\0", 3])
async def test_a_zone_that_is_none_is_an_error(zone: object) -> None:
    time = Toolbox(["time"], Servers({}))
    async for _ in time.open():
        pass
    tool = time.find("time")
    assert tool is not None
    with pytest.raises(ToolError, match="no such time zone"):
        await tool.call({"zone": zone})


def test_rooms_can_choose_each_tool_that_is_built_in() -> None:
    tools = built_in()
    assert set(tools) == set(BUILT_IN_TOOLS)
    assert all(tool.told.name == name for name, tool in tools.items())
