"""OpenAI's responses API, chosen by `api: responses`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from llmstream.chunks import Chunk, Finish, Reasoning, TaskUpdate, Text, ToolCall, Usage
from llmstream.messages import Image, Message, Tool
from llmstream.providers import Provider, Request, errors
from tests.bed.models import Call, ModelServer, Reply

from .conftest import Connect, answer, ask, failed, said

CLOCK = Tool("clock", "What time it is.", {"type": "object", "properties": {}})


@pytest.fixture
def responses(provider: Connect) -> Callable[..., Provider]:
    return lambda **settings: provider("openai", api="responses", **settings)


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_comes_with_its_thoughts_and_tokens(
    models: ModelServer, responses: Callable[..., Provider], stream: bool
):
    models.script(Reply("Blue light.", reasoning="Hm."))
    chunks = await answer(responses(), ask(stream=stream))
    assert models.requests[0].path.endswith("/responses")
    assert said(chunks, Text) == "Blue light."
    assert said(chunks, Reasoning) == "Hm."
    assert chunks[-2:] == [Usage(11, 7), Finish("stop")]


async def test_the_question_is_written_in_its_form(
    models: ModelServer, responses: Callable[..., Provider]
):
    turns = [
        Message("system", "Be brief."),
        Message("user", "What is it?", images=(Image("image/png", b"png"),)),
        Message("assistant", "A cat."),
        Message("user", "Why?"),
    ]
    search = {"tools": [{"type": "web_search"}]}
    request = Request(turns, temperature=0.5, max_tokens=99, tools=[CLOCK])
    await answer(responses(options=search), request)
    body = models.requests[0].body
    assert body["instructions"] == "Be brief."
    assert body["max_output_tokens"] == 99
    assert body["store"] is False
    assert [tool["type"] for tool in body["tools"]] == ["web_search", "function"]
    assert body["input"] == [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "What is it?"},
                {"type": "input_image", "image_url": "data:image/png;base64,cG5n"},
            ],
        },
        {"role": "assistant", "content": "A cat."},
        {"role": "user", "content": [{"type": "input_text", "text": "Why?"}]},
    ]


async def test_what_it_thought_goes_back_with_the_results(
    models: ModelServer, responses: Callable[..., Provider]
):
    connected = responses()
    models.script(Reply("", reasoning="Look.", calls=[Call("clock", {"x": 1}, id="call_a")]))
    chunks = await answer(connected, ask(tools=[CLOCK]))
    (call,) = (chunk for chunk in chunks if isinstance(chunk, ToolCall))
    assert (call.id, call.name, json.loads(call.arguments)) == ("call_a", "clock", {"x": 1})
    assert chunks[-1] == Finish("tool_calls")
    turns = [
        Message("user", "Why?"),
        Message("assistant", "", tool_calls=(call,)),
        Message("tool", "noon", tool_call_id="call_a"),
    ]
    await answer(connected, Request(turns, tools=[CLOCK]))
    _, thought, made, result = models.requests[1].body["input"]
    assert thought["encrypted_content"] == "eA=="
    assert (made["type"], made["call_id"]) == ("function_call", "call_a")
    assert result == {"type": "function_call_output", "call_id": "call_a", "output": "noon"}


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_it_says_why_the_model_stopped(
    models: ModelServer, responses: Callable[..., Provider], reason: str
):
    models.script(Reply(finish=reason))
    assert (await answer(responses()))[-1] == Finish(reason)


async def test_an_answer_that_breaks_off_is_cut_off(
    models: ModelServer, responses: Callable[..., Provider]
):
    models.script(Reply(["Blue ", "light"], cut_after=1), Reply(["A ", "b"], error_after=1))
    came, error = await failed(responses())
    assert came == "Blue "
    assert isinstance(error, errors.CutOff)
    came, error = await failed(responses())
    assert str(error) == "work broke off: The model fell over. Ask again for the rest."


def events(*pieces: Any) -> Reply:
    body = "".join(f"data: {json.dumps(piece)}\n\n" for piece in pieces)
    return Reply(body=body, headers={"Content-Type": "text/event-stream"})


async def test_a_failed_response_says_why(models: ModelServer, responses: Callable[..., Provider]):
    why = {"code": "invalid_prompt", "message": "The prompt was flagged."}
    end = {"status": "failed", "error": why}
    models.script(events({"type": "response.failed", "response": end}))
    _, error = await failed(responses())
    assert "The prompt was flagged" in str(error)


async def test_a_search_of_its_own_is_a_task_and_its_pages_are_named(
    models: ModelServer, responses: Callable[..., Provider]
):
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    page = {"type": "url_citation", "url": "https://example.org/a b", "title": "Why [blue]"}
    models.script(
        events(
            {"type": "response.output_item.added", "item": search},
            {"type": "response.output_item.done", "item": search},
            {"type": "response.output_text.delta", "item_id": "m", "delta": "Blue."},
            {"type": "response.output_text.annotation.added", "annotation": page},
            {"type": "response.output_text.annotation.added", "annotation": page},
            {"type": "response.completed", "response": {"status": "completed"}},
        )
    )
    chunks = await answer(responses())
    assert [c.status for c in chunks if isinstance(c, TaskUpdate)] == ["in_progress", "complete"]
    assert said(chunks, Text) == (
        "Blue.\n\n---\n\n1. [Why \\[blue\\]](<https://example.org/a%20b>)"
    )


async def test_a_tool_that_claude_runs_itself_is_a_task_beside_those_of_the_room(
    models: ModelServer, provider: Connect
):
    search = {"type": "web_search_20250305", "name": "web_search"}
    use = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}
    found = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []}
    models.script(
        events(
            {"type": "content_block_start", "content_block": use},
            {"type": "content_block_stop"},
            {"type": "content_block_start", "content_block": found},
            {"type": "content_block_stop"},
            {"type": "content_block_start", "content_block": {"type": "text", "text": "Blue."}},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        )
    )
    connected = provider("anthropic", options={"tools": [search]})
    chunks = await answer(connected, ask(tools=[CLOCK]))
    assert [tool["name"] for tool in models.requests[0].body["tools"]] == ["web_search", "clock"]
    assert [c for c in chunks if isinstance(c, TaskUpdate)] == [
        TaskUpdate("s1", "web search"),
        TaskUpdate("s1", "", "complete"),
    ]
    assert said(chunks, Text) == "Blue."


CITED = "Blue.\n\n---\n\n1. [A](<https://a.example/>)\n2. [b.example](<https://b.example/>)"


@pytest.mark.parametrize(
    ("api", "pieces"),
    [
        (
            "openai",
            [
                {"choices": [{"delta": {"content": "Blue."}}]},
                {
                    "choices": [
                        {
                            "delta": {
                                "annotations": [
                                    {"url_citation": {"url": "https://a.example/", "title": "A"}},
                                    {"url_citation": {"url": "javascript:x", "title": "No"}},
                                    {"url_citation": {"url": "https://b.example/"}},
                                ]
                            },
                            "finish_reason": "stop",
                        }
                    ]
                },
            ],
        ),
        (
            "openai",
            [
                {
                    "choices": [{"delta": {"content": "Blue."}, "finish_reason": "stop"}],
                    "citations": ["https://a.example/", "https://b.example/"],
                    "search_results": [{"title": "A", "url": "https://a.example/"}],
                }
            ],
        ),
        (
            "anthropic",
            [
                {"type": "content_block_start", "content_block": {"type": "text", "text": ""}},
                *(
                    {"type": "content_block_delta", "delta": delta}
                    for delta in (
                        {"type": "text_delta", "text": "Blue."},
                        {
                            "type": "citations_delta",
                            "citation": {"url": "https://a.example/", "title": "A"},
                        },
                        {"type": "citations_delta", "citation": {"url": "https://b.example/"}},
                    )
                ),
                {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
            ],
        ),
    ],
)
async def test_the_pages_that_an_answer_cites_are_links_at_its_end(
    models: ModelServer, provider: Connect, api: str, pieces: list[Any]
):
    models.script(events(*pieces))
    chunks: list[Chunk] = await answer(provider(api))
    assert said(chunks, Text) == CITED
