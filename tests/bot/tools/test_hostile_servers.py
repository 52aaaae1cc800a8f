"""Tool servers that flood: what they send is bounded, and the loop goes on meanwhile."""

from __future__ import annotations

import gzip
import json
import logging
import tracemalloc
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from llmstream.bot.tools import Servers, Toolbox
from llmstream.bot.tools.bounded_http import BYTES, VALUES, Counter
from llmstream.bot.tools.mcp_reading import MOST_TOOLS
from llmstream.bot.tools.tool import LIMIT, Result, ToolError
from llmstream.chunks import TaskUpdate

from ...loop_work import watched
from .conftest import STDIO
from .web_server import WebServer

pytestmark = pytest.mark.slow


async def called(server: WebServer, **arguments: Any) -> Result:
    """What a call of its tool comes to."""
    async with server.serving() as configured:
        servers = Servers({"web": configured}, call_timeout=10)
        try:
            found = servers.get("web")
            assert found is not None
            (tool,) = await found.tools()
            return await tool.call(arguments)
        finally:
            await servers.close()


def calls_with(response: web.Response) -> WebServer:
    return WebServer(lambda method, _: response if method == "tools/call" else None)


def result(**body: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": body}).encode()


FLOODS = {
    "large": result(content=[{"type": "text", "text": "x" * (BYTES + 1)}]),
    "blocks": result(content=[{"type": "text", "text": ""}] * 200_000),
    "lists": result(content=[], structuredContent={"a": [[]] * 500_000}),
    "numbers": result(content=[], structuredContent={"a": [0] * 2_000_000}),
}


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_is_an_error_of_the_call(flood: str, kind: str) -> None:
    body = FLOODS[flood]
    if kind == "text/event-stream":
        body = b"event: message\ndata: " + body + b"\n\n"
    end = await called(calls_with(web.Response(body=body, content_type=kind)))
    assert end.is_error
    assert len(end.text) < LIMIT + 1000


async def test_what_is_packed_is_not_unpacked() -> None:
    bomb = gzip.compress(result(content=[{"type": "text", "text": "x" * 50_000_000}]))
    end = await called(
        calls_with(
            web.Response(
                body=bomb, content_type="application/json", headers={"Content-Encoding": "gzip"}
            )
        )
    )
    assert end.is_error


async def test_a_long_text_with_many_brackets_is_a_good_result() -> None:
    text = '{"a": [1, 2, "\\"]"]}' * 100_000
    end = await called(
        WebServer(
            lambda *_: (
                {"content": [{"type": "text", "text": text}]} if _[0] == "tools/call" else None
            )
        )
    )
    assert not end.is_error
    assert f"{len(text) - LIMIT} more characters" in end.text


@given(st.recursive(st.none() | st.text(st.sampled_from('\\"{[,a')), st.lists), st.integers(1, 9))
def test_values_are_counted_in_any_pieces_and_not_in_texts(value: Any, size: int) -> None:
    def values(one: Any) -> int:
        return 10 + max(0, len(one) - 1) + sum(map(values, one)) if isinstance(one, list) else 0

    body, counter = json.dumps(value).encode(), Counter()
    for at in range(0, len(body), size):
        assert counter.takes(body[at : at + size])
    assert counter._values == values(value) <= VALUES


async def test_many_tools_are_as_many_as_a_model_takes() -> None:
    def offer(method: str, params: dict[str, Any]) -> dict[str, Any] | None:
        if method != "tools/list":
            return None
        first = int(params.get("cursor") or 0)
        tools = [
            {"name": f"t{n}", "inputSchema": {"type": "object"}} for n in range(first, first + 50)
        ]
        return {"tools": tools, "nextCursor": str(first + 50)}

    one, other = WebServer(offer), WebServer(offer)
    async with one.serving() as first, other.serving() as second:
        servers = Servers({"one": first, "other": second})
        toolbox = Toolbox(["time", "one", "other"], servers)
        told = [chunk async for chunk in toolbox.open() if isinstance(chunk, TaskUpdate)]
        await servers.close()
    assert len(toolbox.tools) == MOST_TOOLS
    assert [task.title for task in told] == [
        "Left out 23 tools of one: too many for a model",
        "Left out 150 tools of other: too many for a model",
    ]
    assert one.asked.count("tools/list") == 3


async def test_a_schema_that_would_fill_every_request_is_left_out() -> None:
    large = {"type": "object", "description": "x" * 50_000}
    offered = [
        {"name": "large", "inputSchema": large},
        {"name": "small", "inputSchema": {"type": "object"}},
    ]
    server = WebServer(lambda method, _: {"tools": offered} if method == "tools/list" else None)
    async with server.serving() as configured:
        servers = Servers({"web": configured})
        toolbox = Toolbox(["web"], servers)
        assert [chunk async for chunk in toolbox.open() if isinstance(chunk, TaskUpdate)] == []
        await servers.close()
    assert [tool.name for tool in toolbox.tools] == ["web__small"]


@pytest.mark.parametrize(
    ("name", "title", "description"),
    [
        ("", "", ""),
        ("rm -rf / <b>", "<b>[x](https://evil.example)</b>\n# all", "a\u202eb\U000e0041c\0"),
        ("x" * 10_000, "y" * 100_000, "z" * 100_000),
        ("näme\0", "\u202egpj", "line\none"),
    ],
)
async def test_names_titles_and_descriptions_are_words_that_can_be_seen(
    name: str, title: str, description: str
) -> None:
    tool = {
        "name": name,
        "title": title,
        "description": description,
        "inputSchema": {"type": "object"},
    }
    server = WebServer(lambda method, _: {"tools": [tool]} if method == "tools/list" else None)
    async with server.serving() as configured:
        servers = Servers({"web": configured})
        toolbox = Toolbox(["web"], servers)
        assert [chunk async for chunk in toolbox.open() if isinstance(chunk, TaskUpdate)] == []
        (told,) = toolbox.tools
        found = toolbox.find(told.name)
        await servers.close()
    assert found is not None
    assert told.name.isascii()
    assert 0 < len(told.name) <= 64
    assert len(told.description) <= 1024
    assert told.description.replace("\n", "").isprintable()
    assert found.title.startswith("web: ")
    assert len(found.title) <= 80
    assert not set(found.title) & set("<>[]()#\n\0\u202e")


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": "a\0b"}],
        [{"type": "text", "text": "\ud83d"}],
        [{"type": "resource_link", "uri": "file:///etc/passwd", "name": "x\0"}],
        [{"type": "image", "data": "!!!", "mimeType": "image/\0"}],
        [{"type": "resource", "resource": {"uri": "a:b", "blob": "x" * 100_000}}],
        [{"type": "unknown"}],
        "text",
        None,
        [],
    ],
)
async def test_whatever_a_result_is_the_call_ends_with_text_that_can_be_kept(content: Any) -> None:
    end = await called(
        WebServer(lambda method, _: {"content": content} if method == "tools/call" else None)
    )
    end.text.encode()
    end.output.encode()
    assert "\0" not in end.text + end.output


async def test_a_flood_does_not_hold_the_loop(caplog: pytest.LogCaptureFixture) -> None:
    """Each of these held it for half a second and more; how long exactly is the machine's."""
    caplog.set_level(logging.CRITICAL)
    flood = web.Response(body=FLOODS["blocks"], content_type="application/json")
    async with watched() as held:
        await called(calls_with(flood))
    assert held.longest < 1


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "bad", "inputSchema": {"type": "string"}},
        {"name": "bad", "inputSchema": {"type": ["object", "null"]}},
        {"name": "bad", "inputSchema": []},
        {"name": "bad"},
        {"name": "bad", "inputSchema": {}, "title": 5, "description": [], "annotations": "x"},
        {"name": 3},
        {},
        "bad",
        None,
    ],
)
async def test_a_bad_tool_does_not_cost_the_others(bad: Any) -> None:
    offered = [bad, {"name": "good", "inputSchema": {"type": "object", "properties": {"a": {}}}}]
    server = WebServer(lambda method, _: {"tools": offered} if method == "tools/list" else None)
    async with server.serving() as configured:
        servers = Servers({"web": configured})
        toolbox = Toolbox(["web"], servers)
        assert [chunk async for chunk in toolbox.open() if isinstance(chunk, TaskUpdate)] == []
        await servers.close()
    assert toolbox.tools[-1].name == "web__good"
    assert toolbox.tools[-1].parameters["properties"] == {"a": {}}
    assert all(tool.parameters["type"] == "object" for tool in toolbox.tools)


async def test_what_a_tool_promises_of_its_results_is_not_looked_at() -> None:
    """Matching this would take longer than anybody waits, with the loop standing still."""
    tool = {
        "name": "slow",
        "inputSchema": {"type": "object"},
        "outputSchema": {
            "type": "object",
            "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}},
        },
    }

    def answer(method: str, _: dict[str, Any]) -> dict[str, Any] | None:
        if method == "tools/list":
            return {"tools": [tool]}
        return {"structuredContent": {"a": "a" * 40 + "!"}} if method == "tools/call" else None

    assert "aaaa!" in (await called(WebServer(answer))).text


async def test_a_process_that_prints_without_end_is_ended_and_started_anew() -> None:
    servers = Servers({"odd": STDIO}, call_timeout=20)
    try:
        found = servers.get("odd")
        assert found is not None
        tools = {tool.told.name.rpartition("_")[2]: tool for tool in await found.tools()}
        tracemalloc.start()
        with pytest.raises(ToolError, match="connection to the tool server was lost"):
            await tools["flood"].call({})
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 2 * BYTES
        assert "again" in (await tools["echo"].call({"text": "again"})).text
    finally:
        await servers.close()
