"""Streams as the packages hand them out, read by the real packages from a model server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from inspect import isawaitable
from typing import Any, TypeVar

import pytest
from anthropic import Anthropic, AsyncAnthropic
from ollama import AsyncClient, Client
from openai import AsyncOpenAI, OpenAI

from llmstream.chunks import Finish, Reasoning, Text, Usage
from llmstream.post import post
from tests.adapters.reading import collect, said
from tests.bed.models import ModelServer, Reply
from tests.homeserver import Homeserver
from tests.posting import ANSWER, ROOM, frames

pytestmark = pytest.mark.slow

SKY: list[Any] = [{"role": "user", "content": "Why is the sky blue?"}]
ASKED: dict[str, Any] = {"model": "small", "messages": SKY}
ONCE: dict[str, Any] = {"api_key": "k", "max_retries": 0}

Ask = Callable[[ModelServer], Any]
T = TypeVar("T")

_opened: list[Any] = []


@pytest.fixture
async def models() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server
        while _opened:
            closing = _opened.pop().close()
            if isawaitable(closing):
                await closing


def opened(client: T) -> T:
    """This client, which is closed when the test ends."""
    _opened.append(client)
    return client


def openai_async(models: ModelServer) -> Any:
    client = opened(AsyncOpenAI(base_url=models.url_for("openai"), **ONCE))
    return client.chat.completions.create(
        **ASKED, stream=True, stream_options={"include_usage": True}
    )


def openai_helper(models: ModelServer) -> Any:
    client = opened(AsyncOpenAI(base_url=models.url_for("openai"), **ONCE))
    return client.chat.completions.stream(**ASKED, stream_options={"include_usage": True})


def openai_sync(models: ModelServer) -> Any:
    client = opened(OpenAI(base_url=models.url_for("openai"), **ONCE))
    return client.chat.completions.create(
        **ASKED, stream=True, stream_options={"include_usage": True}
    )


def openai_sync_helper(models: ModelServer) -> Any:
    client = opened(OpenAI(base_url=models.url_for("openai"), **ONCE))
    return client.chat.completions.stream(**ASKED, stream_options={"include_usage": True})


def anthropic_async(models: ModelServer) -> Any:
    client = opened(AsyncAnthropic(base_url=models.url_for("anthropic"), **ONCE))
    return client.messages.create(**ASKED, max_tokens=99, stream=True)


def anthropic_helper(models: ModelServer) -> Any:
    client = opened(AsyncAnthropic(base_url=models.url_for("anthropic"), **ONCE))
    return client.messages.stream(**ASKED, max_tokens=99)


def anthropic_sync(models: ModelServer) -> Any:
    client = opened(Anthropic(base_url=models.url_for("anthropic"), **ONCE))
    return client.messages.create(**ASKED, max_tokens=99, stream=True)


def anthropic_sync_helper(models: ModelServer) -> Any:
    client = opened(Anthropic(base_url=models.url_for("anthropic"), **ONCE))
    return client.messages.stream(**ASKED, max_tokens=99)


def ollama_async(models: ModelServer) -> Any:
    return opened(AsyncClient(host=models.url_for("ollama"))).chat(**ASKED, stream=True)


def ollama_sync(models: ModelServer) -> Any:
    return opened(Client(host=models.url_for("ollama"))).chat(**ASKED, stream=True)


ASYNC = [openai_async, openai_helper, anthropic_async, anthropic_helper, ollama_async]
# The request of a synchronous client blocks: these are made in a thread.
SYNC = [openai_sync, openai_sync_helper, anthropic_sync, anthropic_sync_helper, ollama_sync]


async def stream_of(ask: Ask, models: ModelServer) -> Any:
    return await asyncio.to_thread(ask, models) if ask in SYNC else ask(models)


@pytest.mark.parametrize("ask", ASYNC + SYNC)
async def test_text_reasoning_usage_and_the_end_come_out_of_every_stream(
    ask: Ask, models: ModelServer
) -> None:
    reply = Reply("Because it **scatters** light.", reasoning="Let me see.", usage=(11, 7))
    models.script(reply)
    chunks = await collect(await stream_of(ask, models))
    assert said(chunks, Text) == "Because it **scatters** light."
    assert said(chunks, Reasoning) == "Let me see."
    assert Finish("stop") in chunks
    total = sum((chunk for chunk in chunks if isinstance(chunk, Usage)), Usage())
    assert (total.input, total.output) == (11, 7)


@pytest.mark.parametrize("ask", ASYNC)
async def test_a_cut_off_answer_is_known_as_such(ask: Ask, models: ModelServer) -> None:
    models.script(Reply("Because", finish="length"))
    assert Finish("length") in await collect(ask(models))


@pytest.mark.parametrize("ask", ASYNC)
async def test_stopping_ends_the_request_within_a_second(ask: Ask, models: ModelServer) -> None:
    models.script(Reply("Because it scatters light, most of all.", stall_after=4))
    homeserver, begun = Homeserver(), asyncio.Event()
    writing = post(homeserver.client(), ROOM, ask(models), on_begun=lambda _: begun.set())
    task = asyncio.create_task(writing)
    received = await models.next_request()
    await begun.wait()
    task.cancel()
    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await task
        await received.ended.wait()
    assert received.left_early
    assert frames(homeserver)[-1].content[ANSWER]["status"] == "stopped"


@pytest.mark.parametrize("ask", SYNC)
async def test_stopping_does_not_wait_for_a_synchronous_client(
    ask: Ask, models: ModelServer
) -> None:
    models.script(Reply("Because it scatters light, most of all.", hold_after=4))
    homeserver, begun = Homeserver(), asyncio.Event()
    writing = post(
        homeserver.client(), ROOM, await stream_of(ask, models), on_begun=lambda _: begun.set()
    )
    task = asyncio.create_task(writing)
    received = await models.next_request()
    await begun.wait()
    task.cancel()
    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert frames(homeserver)[-1].content[ANSWER]["status"] == "stopped"
    models.release()
    async with asyncio.timeout(5):
        await received.ended.wait()


@pytest.mark.parametrize("ask", ASYNC)
async def test_a_connection_that_breaks_ends_the_message_as_failed(
    ask: Ask, models: ModelServer
) -> None:
    models.script(Reply("Because it scatters light, most of all.", cut_after=4))
    homeserver = Homeserver()
    posted = await post(homeserver.client(), ROOM, ask(models))
    assert posted.text.startswith("Because it scatters light,")
    assert posted.status == "failed"
    assert posted.error is not None


async def test_content_in_parts_and_reasoning_in_a_list_are_read(models: ModelServer) -> None:
    parts = [{"type": "thinking", "thinking": "plan"}, {"type": "text", "text": "Hi"}]
    deltas = [{"reasoning_content": ["a "]}, {"content": parts}]
    frames = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    body = "".join(f"data: {json.dumps(frame)}\n\n" for frame in frames) + "data: [DONE]\n\n"
    models.script(Reply(body=body, headers={"Content-Type": "text/event-stream"}))
    chunks = await collect(openai_async(models))
    assert said(chunks, Reasoning) == "a plan"
    assert said(chunks, Text) == "Hi"
