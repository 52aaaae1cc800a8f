"""Runs of pydantic-ai agents, with the package's own test models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

import pytest
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models.function import AgentInfo, DeltaThinkingPart, DeltaToolCall, FunctionModel
from pydantic_ai.models.test import TestModel

from llmstream.chunks import Finish, Reasoning, Text, Usage
from llmstream.document import Document
from llmstream.post import post
from tests.adapters.reading import collect, said, tasks
from tests.homeserver import Homeserver
from tests.posting import ANSWER, ROOM, frames


async def searching(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
    """A model that thinks, calls a tool and then answers."""
    if len(messages) == 1:
        yield {0: DeltaThinkingPart(content="Where is it? ")}
        yield {0: DeltaThinkingPart(content="I look.")}
        yield "I look it up."
        yield {2: DeltaToolCall(name="search", json_args='{"words": ', tool_call_id="call_1")}
        yield {2: DeltaToolCall(json_args='"`sky` blue"}')}
    else:
        yield "Because it "
        yield "scatters light."


def agent() -> Agent[None, str]:
    made = Agent(FunctionModel(stream_function=searching))

    @made.tool_plain
    def search(words: str) -> str:
        return f"3 results for {words}"

    return made


def document_of(chunks: list[Any]) -> Document:
    document = Document()
    for chunk in chunks:
        document.add(chunk)
    return document


async def test_a_run_s_events_become_text_thoughts_and_tasks() -> None:
    chunks = await collect(agent().run_stream_events("Why?"))
    assert said(chunks, Reasoning) == "Where is it? I look."
    assert document_of(chunks).text == "I look it up.\n\nBecause it scatters light."
    begun, ended = tasks(chunks)
    assert (begun.id, begun.title, begun.status) == ("call_1", "search", "in_progress")
    assert begun.details == '``{"words": "`sky` blue"}``'
    assert (ended.id, ended.status) == ("call_1", "complete")
    assert ended.output == "``3 results for `sky` blue``"
    assert chunks[-1] == Finish("stop")
    assert document_of(chunks).usage.output


async def test_events_that_are_entered_already_are_taken_too() -> None:
    async with agent().run_stream_events("Why?") as events:
        assert said(await collect(events), Text).endswith("Because it scatters light.")


async def test_a_failing_tool_is_marked_and_the_run_goes_on() -> None:
    made = Agent(FunctionModel(stream_function=searching))

    @made.tool_plain
    def search(words: str) -> str:
        raise ModelRetry("no such word")

    chunks = await collect(made.run_stream_events("Why?"))
    assert tasks(chunks)[-1].status == "error"
    assert "no such word" in (tasks(chunks)[-1].output or "")
    assert said(chunks, Text).endswith("scatters light.")


async def test_what_an_event_stream_handler_sees_can_be_posted() -> None:
    homeserver = Homeserver()

    async def show(context: Any, events: AsyncIterable[Any]) -> None:
        await post(homeserver.client(), ROOM, events)

    made = Agent(TestModel(custom_output_text="Because it scatters light."))
    await made.run("Why?", event_stream_handler=show)
    assert frames(homeserver)[-1].body == "Because it scatters light."


async def test_a_streamed_run_is_taken_before_and_after_it_is_entered() -> None:
    made = Agent(TestModel(custom_output_text="Because it scatters light."))
    chunks = await collect(made.run_stream("Why?"))
    async with made.run_stream("Why?") as run:
        entered = await collect(run)
    async with made.run_stream("Why?") as run:
        text = await collect(run.stream_text(delta=True))
    assert said(chunks, Text) == said(entered, Text) == said(text, Text)
    assert said(chunks, Text) == "Because it scatters light."
    assert any(isinstance(chunk, Usage) and chunk.output for chunk in chunks)


async def test_stopping_a_post_ends_the_run() -> None:
    ended = asyncio.Event()

    async def endless(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        try:
            while True:
                yield "and so on "
                await asyncio.sleep(0.01)
        finally:
            ended.set()

    homeserver, begun = Homeserver(), asyncio.Event()
    made = Agent(FunctionModel(stream_function=endless))
    writing = post(
        homeserver.client(), ROOM, made.run_stream_events("Why?"), on_begun=lambda _: begun.set()
    )
    task = asyncio.create_task(writing)
    await begun.wait()
    task.cancel()
    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await task
        await ended.wait()
    assert frames(homeserver)[-1].content[ANSWER]["status"] == "stopped"
