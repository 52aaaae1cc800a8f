"""OpenAI's responses, as its package reads them from a server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from openai import AsyncOpenAI

from llmstream.adapters import StreamFailed
from llmstream.chunks import Finish, Reasoning, StepEnd, TaskUpdate, Text, Usage
from llmstream.document import Document
from tests.adapters.reading import collect, tasks

ANSWER: dict[str, Any] = {"id": "resp_1", "object": "response", "status": "in_progress"}
ANSWER |= {"model": "small", "output": [], "parallel_tool_calls": True, "tools": []}
ANSWER |= {"tool_choice": "auto", "created_at": 0.0, "error": None, "incomplete_details": None}
USAGE = {
    "input_tokens": 11,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 3},
    "total_tokens": 18,
}
SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "in_progress"}

Say = Callable[..., AsyncOpenAI]


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", **fields}


def words(text: str, item: int = 0) -> list[dict[str, Any]]:
    """A message of the answer."""
    message: dict[str, Any] = {"type": "message", "id": f"msg_{item}", "role": "assistant"}
    message |= {"status": "in_progress", "content": []}
    part = {"type": "output_text", "text": "", "annotations": []}
    at = {"item_id": f"msg_{item}", "output_index": item, "content_index": 0}
    return [
        event("output_item.added", output_index=item, item=message),
        event("content_part.added", **at, part=part),
        event("output_text.delta", **at, delta=text),
        event("output_item.done", output_index=item, item={**message, "status": "completed"}),
    ]


@pytest.fixture
async def say() -> AsyncIterator[Say]:
    """`say(*events)`: a client whose server answers with these."""
    events: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number, one in enumerate([event("created", response=ANSWER), *events]):
            line = json.dumps({**one, "sequence_number": number})
            await response.write(f"event: {one['type']}\ndata: {line}\n\n".encode())
        return response

    application = web.Application()
    application.router.add_post("/responses", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]

    url = f"http://127.0.0.1:{port}"
    async with AsyncOpenAI(base_url=url, api_key="k", max_retries=0) as client:

        def said(*said: dict[str, Any]) -> AsyncOpenAI:
            events[:] = said
            return client

        yield said
    await runner.cleanup()


async def test_text_reasoning_and_usage_come_from_both_ways_to_ask(say: Say) -> None:
    client = say(
        event("reasoning_text.delta", item_id="r", output_index=0, content_index=0, delta="Hm."),
        *words("Because."),
        event("completed", response={**ANSWER, "status": "completed", "usage": USAGE}),
    )
    expected = [Reasoning("Hm."), StepEnd(), Text("Because."), Usage(11, 7, 3), Finish("stop")]
    created = client.responses.create(model="small", input="Why?", stream=True)
    assert await collect(created) == expected


async def test_the_helper_s_stream_is_taken_as_it_is(say: Say) -> None:
    client = say(
        *words("Because."),
        event("completed", response={**ANSWER, "status": "completed", "usage": USAGE}),
    )
    chunks = await collect(client.responses.stream(model="small", input="Why?"))
    assert chunks == [StepEnd(), Text("Because."), Usage(11, 7, 3), Finish("stop")]


async def test_a_tool_of_the_server_is_a_task_and_parts_it_from_the_text(say: Say) -> None:
    client = say(
        *words("I look it up."),
        event("output_item.added", output_index=1, item=SEARCH),
        event("output_item.done", output_index=1, item={**SEARCH, "status": "completed"}),
        *words("Because.", 2),
        event("completed", response={**ANSWER, "status": "completed", "usage": USAGE}),
    )
    chunks = await collect(client.responses.create(model="small", input="Why?", stream=True))
    document = Document()
    for chunk in chunks:
        document.add(chunk)
    assert document.text == "I look it up.\n\nBecause."
    assert tasks(chunks) == [
        TaskUpdate("ws_1", "web search", "in_progress"),
        TaskUpdate("ws_1", "web search", "complete"),
    ]


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("max_output_tokens", "length"), ("content_filter", "content_filter")],
)
async def test_an_incomplete_answer_says_why(say: Say, reason: str, finish: str) -> None:
    cut = {**ANSWER, "status": "incomplete", "incomplete_details": {"reason": reason}}
    client = say(*words("Because"), event("incomplete", response=cut))
    chunks = await collect(client.responses.create(model="small", input="Why?", stream=True))
    assert chunks[-1] == Finish(finish)


async def test_a_failed_answer_raises_what_the_server_said(say: Say) -> None:
    error = {"code": "server_error", "message": "It fell over"}
    failed = {**ANSWER, "status": "failed", "error": error}
    client = say(*words("Because"), event("failed", response=failed))
    with pytest.raises(StreamFailed, match="It fell over"):
        await collect(client.responses.create(model="small", input="Why?", stream=True))
