"""Servers that speak OpenAI's API in their own ways."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmstream.chunks import Chunk, Finish, Reasoning, Text, ToolCall, Usage
from llmstream.messages import Message
from llmstream.providers import Provider, Request
from llmstream.providers.errors import Busy, Refused, WrongAddress
from tests.bed.models import ModelServer, Reply

from .conftest import Connect, answer, ask, said

DONE = {"choices": [{"finish_reason": "stop"}]}


def stream(*events: Any) -> Reply:
    """The events as a server-sent stream; texts are sent as lines of their own."""
    lines = [event if isinstance(event, str) else f"data: {json.dumps(event)}" for event in events]
    body = "".join(f"{line}\n\n" for line in lines)
    return Reply(body=body, headers={"Content-Type": "text/event-stream"})


def delta(**delta: Any) -> dict[str, Any]:
    return {"choices": [{"delta": delta}]}


@pytest.fixture
def server(provider: Connect) -> Provider:
    return provider("openai")


async def test_only_what_is_needed_is_needed(models: ModelServer, server: Provider):
    models.script(stream(delta(content="Blue"), DONE))
    assert await answer(server) == [Text("Blue"), Finish("stop")]


@pytest.mark.parametrize(
    "odd",
    [
        ": OPENROUTER PROCESSING",
        {},
        {"choices": []},
        {"choices": None},
        {"choices": [{"delta": None}]},
        delta(role="assistant"),
        delta(content=None, tool_calls=None, reasoning=None),
        {"choices": [], "usage": None},
        {"prompt_progress": {"total": 9}},
        {"choices": [None]},
        {"choices": [{"delta": "odd"}]},
        delta(tool_calls=[None]),
        {"choices": [], "usage": 7},
    ],
)
async def test_odd_events_do_no_harm(models: ModelServer, server: Provider, odd: Any):
    models.script(stream(odd, delta(content="Blue "), odd, delta(content="light"), odd, DONE, odd))
    chunks = await answer(server)
    assert said(chunks, Text) == "Blue light"
    assert chunks[-1] == Finish("stop")


async def test_usage_may_come_with_the_last_choice_or_after_it(
    models: ModelServer, server: Provider
):
    usage = {"prompt_tokens": 3, "completion_tokens": 1}
    models.script(
        stream(delta(content="Blue"), {**DONE, "usage": usage}, "data: [DONE]"),
        stream(delta(content="Blue"), DONE, {"choices": [], "usage": usage}),
    )
    for _ in range(2):
        assert await answer(server) == [Text("Blue"), Usage(3, 1), Finish("stop")]


async def test_a_server_that_streams_in_spite_of_itself_is_read_whole(
    models: ModelServer, server: Provider
):
    message = {"role": "assistant", "content": "Blue", "reasoning_content": "Hm."}
    models.script(Reply(body={"choices": [{"message": message, "finish_reason": "stop"}]}))
    assert await answer(server) == [Reasoning("Hm."), Text("Blue"), Finish("stop")]


async def test_an_error_with_status_200_is_an_error(models: ModelServer, server: Provider):
    models.script(Reply(body={"error": "Unexpected endpoint or method. (POST /chat/completions)"}))
    with pytest.raises(WrongAddress):
        await answer(server)
    models.script(Reply(body={"error": {"message": "No GPU"}}))
    with pytest.raises(Refused, match="No GPU"):
        await answer(server)


async def test_openrouters_error_inside_the_stream_is_known_by_its_code(
    models: ModelServer, server: Provider
):
    error = {"error": {"code": 400, "message": "Provider returned error"}, "choices": []}
    models.script(stream(error))
    with pytest.raises(Refused, match=r"\(400\): Provider returned error"):
        await answer(server)


async def test_geminis_errors_come_in_a_list(models: ModelServer, server: Provider):
    error = {
        "error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}
    }
    late = {"retry-after": "100"}
    models.script(Reply(status=503, headers=late, body=[error]))
    with pytest.raises(Busy):
        await answer(server)


async def test_vllms_refusals_are_understood(models: ModelServer, server: Provider):
    detail = [{"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra"}]
    models.script(Reply(status=422, body={"detail": detail}))
    assert said(await answer(server), Text) == "Hello from the model."
    assert "stream_options" not in models.requests[-1].body
    models.script(Reply(status=422, body={"detail": [{"loc": ["body"], "msg": "Too blue"}]}))
    with pytest.raises(Refused, match="Too blue"):
        await answer(server)


async def test_mistrals_content_in_parts(models: ModelServer, server: Provider):
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    parts = [thinking, {"type": "text", "text": "Blue"}]
    models.script(stream(delta(content=parts), DONE))
    assert await answer(server) == [Reasoning("Hm."), Text("Blue"), Finish("stop")]


async def test_a_refusal_of_the_model_is_its_answer(models: ModelServer, server: Provider):
    models.script(stream(delta(refusal="I'd rather not."), DONE))
    assert said(await answer(server), Text) == "I'd rather not."


def call(id: str = "", name: str = "", arguments: Any = "", **more: Any) -> dict[str, Any]:
    function = {key: v for key, v in (("name", name), ("arguments", arguments)) if v}
    return {**({"id": id} if id else {}), "function": function, **more}


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        pytest.param(
            [call("a", "one", '{"x"'), call(arguments=": 1}")],
            [("a", "one", '{"x": 1}')],
            id="no index",
        ),
        pytest.param(
            [call("a", "one", "{}"), call("b", "two", "{}")],
            [("a", "one", "{}"), ("b", "two", "{}")],
            id="no index, two calls",
        ),
        pytest.param(
            [call("a", "one", "{}", index=0), call("b", "two", "{}", index=0)],
            [("a", "one", "{}"), ("b", "two", "{}")],
            id="all at index 0",
        ),
        pytest.param(
            [
                call("a", "one", "", index=0),
                call("b", "two", "", index=1),
                call(arguments='{"y": 2}', index=1),
                call(arguments='{"x": 1}', index=0),
            ],
            [("a", "one", '{"x": 1}'), ("b", "two", '{"y": 2}')],
            id="two calls woven together",
        ),
        pytest.param(
            [call("a", "one", '{"x"', index=0), call("a", "one", ": 1}", index=0)],
            [("a", "one", '{"x": 1}')],
            id="id and name sent again",
        ),
        pytest.param([call("a", "one")], [("a", "one", "{}")], id="no arguments"),
        pytest.param(
            [call("a", "one", {"x": 1})], [("a", "one", '{"x": 1}')], id="arguments as an object"
        ),
    ],
)
async def test_tool_calls_are_put_together(
    models: ModelServer,
    server: Provider,
    pieces: list[dict[str, Any]],
    expected: list[tuple[str, str, str]],
):
    events = [delta(tool_calls=[piece]) for piece in pieces]
    models.script(stream(*events, DONE))
    chunks = await answer(server, ask())
    calls = [(c.id, c.name, c.arguments) for c in _calls(chunks)]
    assert calls == expected
    assert chunks[-1] == Finish("tool_calls")


async def test_a_call_without_an_id_gets_one(models: ModelServer, server: Provider):
    models.script(stream(delta(tool_calls=[call("", "one", "{}", index=0)]), DONE))
    (made,) = _calls(await answer(server))
    assert made.id


async def test_what_came_with_a_call_goes_back_with_its_result(
    models: ModelServer, server: Provider
):
    signature = {"google": {"thought_signature": "c2ln"}}
    pieces = [call("a", "one", "{}", index=0, extra_content=signature)]
    models.script(stream(delta(reasoning_content="Hm."), delta(tool_calls=pieces), DONE))
    (made,) = _calls(await answer(server))
    turns = [
        Message("user", "Why?"),
        Message("assistant", "", tool_calls=(made,)),
        Message("tool", "Because.", tool_call_id="a"),
    ]
    await answer(server, Request(turns))
    turn = models.requests[-1].body["messages"][1]
    assert turn["reasoning_content"] == "Hm."
    assert turn["tool_calls"][0]["extra_content"] == signature


async def test_a_stream_of_something_else_is_not_this_api(models: ModelServer, server: Provider):
    models.script(stream("data: 7"))
    with pytest.raises(WrongAddress):
        await answer(server)


def _calls(chunks: list[Chunk]) -> list[ToolCall]:
    return [chunk for chunk in chunks if isinstance(chunk, ToolCall)]
