"""What a server does not take is left out or put otherwise, said once, remembered for an hour."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from llmstream.chunks import Chunk, TaskUpdate, Text, ToolCall
from llmstream.messages import Image, Message, Tool
from llmstream.providers import Request
from tests.bed.models import Call, ModelServer, Reply

from .conftest import Connect, answer, ask, refuses, said

PNG = b"\x89PNG\r\n\x1a\n"
PICTURE = Message("user", "What is this?", images=(Image("image/png", PNG, "cat.png"),))


def notes(chunks: Sequence[Chunk]) -> list[str]:
    return [chunk.title for chunk in chunks if isinstance(chunk, TaskUpdate)]


def _has_pictures(body: Any) -> bool:
    return any(mark in json.dumps(body) for mark in ("image_url", '"images"', '"image"'))


SEES_NOTHING = [
    "Failed to deserialize: unknown variant `image_url`, expected `text` at line 1 column 99",
    "image input is not supported - hint: you may need to provide the mmproj",
    "No endpoints found that support image input",
    "messages[0].content must be a string",
    "This model does not support images",
]


@pytest.mark.slow
@pytest.mark.parametrize("words", SEES_NOTHING)
async def test_a_model_that_sees_nothing_is_asked_without_pictures(
    models: ModelServer, provider: Connect, api: str, words: str
):
    models.answer_with(refuses(_has_pictures, words))
    connected = provider(api)
    chunks = await answer(connected, Request([PICTURE]))
    assert said(chunks, Text) == "Hello from the model."
    assert notes(chunks) == ["small cannot see pictures: answered without"]
    assert "[cat.png: a picture, which you cannot see]" in json.dumps(models.requests[-1].body)
    asked = len(models.requests)
    later = await answer(connected, Request([PICTURE, Message("user", "And now?")]))
    assert notes(later) == []  # said once, where the picture is not what is asked about
    assert len(models.requests) == asked + 1
    again = await answer(connected, Request([PICTURE]))
    assert notes(again) == ["small cannot see pictures: answered without"]


async def test_what_was_refused_is_forgotten_in_time(
    models: ModelServer, provider: Connect, monkeypatch: pytest.MonkeyPatch
):
    models.answer_with(refuses(_has_pictures, SEES_NOTHING[0]))
    connected = provider("openai")
    await answer(connected, Request([PICTURE]))
    models.answer_with(None)
    now = time.monotonic() + 2 * 3600
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert notes(await answer(connected, Request([PICTURE]))) == []
    assert _has_pictures(models.requests[-1].body)


async def test_one_bad_picture_does_not_make_a_model_blind(models: ModelServer, provider: Connect):
    bad = "messages.0.content.0.image.source.base64: image exceeds 5 MB maximum: 5.7 MB > 5 MB"
    models.script(Reply(status=400, body={"error": {"message": bad}}))
    connected = provider("anthropic")
    chunks = await answer(connected, Request([PICTURE]))
    assert notes(chunks) == ["small did not take a picture: answered without"]
    await answer(connected, Request([PICTURE]))
    assert _has_pictures(models.requests[-1].body)


def _alternates(body: Any) -> bool:
    roles = [turn["role"] for turn in body["messages"] if turn["role"] != "system"]
    return roles[:1] == ["user"] and all(a != b for a, b in itertools.pairwise(roles))


@pytest.mark.parametrize("api", ["openai", "ollama"])
async def test_turns_are_joined_where_they_have_to_alternate(
    models: ModelServer, provider: Connect, api: str
):
    words = "Conversation roles must alternate user/assistant/user/assistant/..."
    models.answer_with(refuses(lambda body: not _alternates(body), words))
    turns = [
        Message("system", "Be brief."),
        Message("assistant", "Welcome."),
        Message("user", "Ann: Hi"),
        Message("user", "Bob: Hello"),
        Message("assistant", "Hi!"),
        Message("assistant", "More."),
        Message("user", "Why?"),
    ]
    connected = provider(api)
    assert said(await answer(connected, Request(turns)), Text) == "Hello from the model."
    assert [turn["content"] for turn in models.requests[-1].body["messages"]] == [
        "Be brief.",
        "…",
        "Welcome.",
        "Ann: Hi\n\nBob: Hello",
        "Hi!\n\nMore.",
        "Why?",
    ]
    await answer(connected, Request(turns))
    assert len(models.requests) == 3


async def test_a_model_without_a_systems_turn_hears_it_from_the_user(
    models: ModelServer, provider: Connect
):
    has_system = lambda body: body["messages"][0]["role"] == "system"  # noqa: E731
    models.answer_with(refuses(has_system, "System role not supported"))
    turns = [Message("system", "Be brief."), Message("user", "Why?")]
    await answer(provider("openai"), Request(turns))
    (turn,) = models.requests[-1].body["messages"]
    assert turn == {"role": "user", "content": "Be brief.\n\nWhy?"}


async def test_empty_turns_are_not_sent(models: ModelServer, provider: Connect, api: str):
    turns = [Message("user", "Hi"), Message("assistant", " "), Message("user", "Why?")]
    await answer(provider(api), Request(turns))
    assert all(turn["content"] for turn in models.requests[-1].body["messages"])


TOOLS = [Tool(name, "", {"type": "object", "properties": {}}) for name in ("a", "b_c", "b")]


def _sent_tools(body: Any) -> list[str]:
    return [tool.get("name") or tool["function"]["name"] for tool in body.get("tools") or ()]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("Invalid schema for function 'b_c': schema must have type object", ["a", "b"]),
        ("tools.1.custom.input_schema: input_schema does not support oneOf", ["a", "b"]),
        ("Invalid value at 'tools[0].function_declarations[2].parameters'", ["a", "b_c"]),
        ("Invalid 'tools[0].function.parameters'", ["b_c", "b"]),
    ],
)
async def test_a_tool_that_is_refused_is_left_out_and_the_others_stay(
    models: ModelServer, provider: Connect, api: str, words: str, left: list[str]
):
    whole = lambda body: len(_sent_tools(body)) == 3  # noqa: E731
    models.answer_with(refuses(whole, words))
    connected = provider(api)
    chunks = await answer(connected, ask(tools=TOOLS))
    (lost,) = {tool.name for tool in TOOLS} - set(left)
    assert notes(chunks) == [f"small does not take the tool {lost}: answered without it"]
    assert _sent_tools(models.requests[-1].body) == left
    assert notes(await answer(connected, ask(tools=TOOLS))) == []
    assert len(models.requests) == 3


async def test_only_as_many_tools_and_pictures_as_are_taken_are_sent(
    models: ModelServer, provider: Connect
):
    words = "Invalid 'tools': array too long. Expected an array with maximum length 2, but got 3."
    models.answer_with(refuses(lambda body: len(_sent_tools(body)) > 2, words))
    chunks = await answer(provider("openai"), ask(tools=TOOLS))
    assert notes(chunks) == ["small takes 2 tools at most: answered with the first"]
    words = "At most 1 image(s) may be provided in one request."
    models.answer_with(refuses(lambda body: str(body).count("'image_url',") > 1, words))
    first = replace(PICTURE, images=(Image("image/png", PNG, "dog.png"), PICTURE.images[0]))
    chunks = await answer(provider("openai"), Request([first, PICTURE]))
    assert notes(chunks) == ["small takes 1 pictures at most: answered with the last"]
    sent = json.dumps(models.requests[-1].body)
    assert sent.count('"image_url"}') + sent.count('"type": "image_url"') == 1
    assert "[dog.png: a picture, one too many for you]" in sent


async def test_where_it_is_not_said_which_schema_all_are_made_simple(
    models: ModelServer, provider: Connect
):
    schema = {"type": "object", "properties": {"x": {"type": "string", "format": "uri"}}}
    models.answer_with(
        refuses(lambda body: "format" in json.dumps(body), "Unsupported schema in a tool")
    )
    await answer(provider("openai"), ask(tools=[Tool("a", "", schema)]))
    (tool,) = models.requests[-1].body["tools"]
    assert tool["function"]["parameters"]["properties"] == {"x": {"type": "string"}}


async def test_a_strict_server_does_not_get_reasoning_back(models: ModelServer, provider: Connect):
    models.script(Reply("", reasoning="Hm.", calls=[Call("a")]))
    connected = provider("openai")
    (call,) = (c for c in await answer(connected, ask(tools=TOOLS)) if isinstance(c, ToolCall))
    words = "messages.1: property 'reasoning_content' is unsupported"
    models.answer_with(refuses(lambda body: "reasoning_content" in json.dumps(body), words))
    turns = [
        Message("user", "Why?"),
        Message("assistant", "", tool_calls=(call,)),
        Message("tool", "Because.", tool_call_id=call.id),
    ]
    assert said(await answer(connected, Request(turns, tools=TOOLS)), Text)
    assert "reasoning_content" not in json.dumps(models.requests[-1].body)


async def test_what_one_answer_thought_never_comes_into_anothers_request(
    models: ModelServer, provider: Connect, api: str
):
    models.script(
        Reply("", reasoning="Secret of one room.", calls=[Call("a", id="call_0")]),
        Reply("", calls=[Call("a", id="call_0")]),
    )
    connected = provider(api)
    await answer(connected, ask(tools=TOOLS))
    (call,) = (c for c in await answer(connected, ask(tools=TOOLS)) if isinstance(c, ToolCall))
    turns = [
        Message("user", "Why?"),
        Message("assistant", "", tool_calls=(call,)),
        Message("tool", "Because.", tool_call_id=call.id),
    ]
    await answer(connected, Request(turns, tools=TOOLS))
    assert "Secret of one room." not in json.dumps(models.requests[-1].body)


async def test_what_came_with_a_call_goes_back_though_the_call_has_another_id_now(
    models: ModelServer, provider: Connect
):
    detail = {"type": "reasoning.text", "text": "Hm", "index": 0, "format": "x"}
    pieces = [
        {"reasoning_details": [detail]},
        {"reasoning_details": [{**detail, "text": ".", "signature": "c2ln"}]},
        {"tool_calls": [{"index": 0, "id": "call_0", "function": {"name": "a"}}]},
    ]
    events = [json.dumps({"choices": [{"delta": piece}]}) for piece in pieces]
    body = "".join(f"data: {event}\n\n" for event in [*events, "[DONE]"])
    models.script(Reply(body=body, headers={"Content-Type": "text/event-stream"}))
    connected = provider("openai")
    (call,) = (c for c in await answer(connected, ask(tools=TOOLS)) if isinstance(c, ToolCall))
    renamed = replace(call, id="call_7")
    turns = [
        Message("user", "Why?"),
        Message("assistant", "", tool_calls=(renamed,)),
        Message("tool", "Because.", tool_call_id="call_7"),
    ]
    await answer(connected, Request(turns, tools=TOOLS))
    sent = models.requests[-1].body["messages"][1]["reasoning_details"]
    assert sent == [{**detail, "text": "Hm.", "signature": "c2ln"}]
