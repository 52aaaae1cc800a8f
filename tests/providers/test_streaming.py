"""What an answer is made of, over all three wire formats."""

from __future__ import annotations

import asyncio

import pytest

from llmstream.chunks import Finish, Reasoning, Text, Usage
from llmstream.messages import Image, Message
from llmstream.providers import Request
from tests.bed.models import ModelServer, Reply

from .conftest import Connect, answer, ask, said


async def test_words_come_as_they_are_written(models: ModelServer, provider: Connect, api: str):
    models.script(Reply(["Blue ", "light ", "scatters."], hold_after=1, delay=0.01))
    stream = provider(api).stream(ask())
    assert await anext(stream) == Text("Blue ")
    models.release()
    rest = [chunk async for chunk in stream]
    assert rest == [Text("light "), Text("scatters."), Usage(11, 7), Finish("stop")]


async def test_the_question_arrives_as_it_was_asked(
    models: ModelServer, provider: Connect, api: str
):
    turns = [
        Message("system", "Be brief."),
        Message("user", "Hello"),
        Message("assistant", "Hi!"),
        Message("user", "Why?"),
    ]
    await answer(provider(api), Request(turns, model="large", temperature=0.5, max_tokens=99))
    body = models.requests[0].body
    assert body["model"] == "large"
    settings = body["options"] if api == "ollama" else body
    assert settings["temperature"] == 0.5
    assert settings["num_predict" if api == "ollama" else "max_tokens"] == 99
    texts = [_text(turn["content"]) for turn in body["messages"]]
    system = [body["system"]] if api == "anthropic" else []
    assert system + texts == ["Be brief.", "Hello", "Hi!", "Why?"]


def _text(content: str | list[dict[str, str]]) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


async def test_a_picture_arrives_in_the_form_of_each_api(
    models: ModelServer, provider: Connect, api: str
):
    turn = Message("user", "What is this?", images=(Image("image/png", b"png"),))
    await answer(provider(api), Request([turn]))
    sent = models.requests[0].body["messages"][0]
    data = "cG5n"
    text = {"type": "text", "text": "What is this?"}
    url = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    source = {"type": "base64", "media_type": "image/png", "data": data}
    assert (
        sent
        == {
            "openai": {"role": "user", "content": [text, url]},
            "ollama": {"role": "user", "content": "What is this?", "images": [data]},
            "anthropic": {
                "role": "user",
                "content": [{"type": "image", "source": source}, text],
            },
        }[api]
    )


async def test_reasoning_is_kept_apart_from_the_text(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply("Because.", reasoning="Let me think."))
    chunks = await answer(provider(api))
    assert said(chunks, Reasoning) == "Let me think."
    assert said(chunks, Text) == "Because."


async def test_reasoning_under_its_newer_name_is_reasoning_too(
    models: ModelServer, provider: Connect
):
    models.reasoning_field = "reasoning"
    models.script(Reply("Because.", reasoning="Let me think."))
    assert said(await answer(provider("openai")), Reasoning) == "Let me think."


async def test_reasoning_in_tags_is_told_apart_though_the_tags_are_cut(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply(["<th", "ink>Let me", " think.</thi", "nk>", "Because", "."]))
    chunks = await answer(provider(api))
    assert said(chunks, Reasoning) == "Let me think."
    assert said(chunks, Text) == "Because."


async def test_tokens_are_counted_and_reasoning_ones_where_the_server_says(
    models: ModelServer, provider: Connect
):
    models.script(Reply(usage=(100, 20, 15)))
    assert Usage(100, 20, 15) in await answer(provider("openai"))


async def test_without_usage_from_the_server_there_is_none(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply(usage=None))
    chunks = await answer(provider(api))
    assert not any(isinstance(chunk, Usage) for chunk in chunks)


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter"])
async def test_it_says_why_the_model_stopped(
    models: ModelServer, provider: Connect, api: str, reason: str
):
    if (api, reason) == ("ollama", "content_filter"):
        pytest.skip("Ollama has no such reason")
    models.script(Reply(finish=reason))
    assert (await answer(provider(api)))[-1] == Finish(reason)


async def test_a_reason_of_the_servers_own_is_passed_on(models: ModelServer, provider: Connect):
    models.script(Reply(finish="tired"))
    assert (await answer(provider("openai")))[-1] == Finish("tired")


async def test_an_answer_asked_for_at_once_comes_whole(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply("Blue light scatters.", reasoning="Hm."))
    chunks = await answer(provider(api), ask(stream=False))
    assert chunks == [
        Reasoning("Hm."),
        Text("Blue light scatters."),
        Usage(11, 7),
        Finish("stop"),
    ]
    assert not models.requests[0].body.get("stream")


async def test_a_huge_token_arrives_whole(models: ModelServer, provider: Connect, api: str):
    models.script(Reply(["x" * 300_000, " end"]))
    assert said(await answer(provider(api)), Text) == "x" * 300_000 + " end"


async def test_closing_the_stream_ends_the_request(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply(["One ", "two"], stall_after=1))
    stream = provider(api).stream(ask())
    await anext(stream)
    await stream.aclose()
    await _ended_early(models)


async def test_cancelling_while_the_model_thinks_ends_the_request(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply(stall_after=0))
    task = asyncio.create_task(answer(provider(api)))
    asked = await models.next_request()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(1):
        await asked.ended.wait()
    assert asked.left_early


async def test_cancelling_an_answer_asked_for_at_once_ends_the_request(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply("Too late", delay=60))
    task = asyncio.create_task(answer(provider(api), ask(stream=False)))
    await models.next_request()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _ended_early(models)


async def _ended_early(models: ModelServer) -> None:
    async with asyncio.timeout(1):
        await models.requests[-1].ended.wait()
    assert models.requests[-1].left_early


async def test_after_a_stop_the_same_provider_answers_again(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply(["One ", "two"], stall_after=1))
    connected = provider(api)
    stream = connected.stream(ask())
    await anext(stream)
    await stream.aclose()
    assert said(await answer(connected), Text) == "Hello from the model."


async def test_many_answers_stream_at_once(models: ModelServer, provider: Connect, api: str):
    models.answer_with(lambda received: Reply(_text(received.body["messages"][0]["content"])))
    connected = provider(api)
    answers = await asyncio.gather(*(answer(connected, ask(f"I am {n}")) for n in range(30)))
    assert [said(chunks, Text) for chunks in answers] == [f"I am {n}" for n in range(30)]


async def test_models_are_listed_in_order(models: ModelServer, provider: Connect, api: str):
    models.names = ["zephyr", "aya"]
    assert await provider(api).models() == ["aya", "zephyr"]


async def test_a_closed_provider_can_be_used_again(
    models: ModelServer, provider: Connect, api: str
):
    connected = provider(api)
    await answer(connected)
    await connected.close()
    assert said(await answer(connected), Text) == "Hello from the model."


async def test_options_go_into_the_request(models: ModelServer, provider: Connect, api: str):
    connected = provider(api, options={"top_k": 5, "keep_alive": "1h", "num_ctx": 8192})
    await answer(connected)
    body = models.requests[0].body
    inside = body["options"] if api == "ollama" else body
    assert inside["top_k"] == 5
    assert inside["num_ctx"] == 8192
    assert body["keep_alive"] == "1h"


async def test_a_rooms_own_temperature_goes_before_the_option(
    models: ModelServer, provider: Connect, api: str
):
    connected = provider(api, options={"temperature": 0.1})
    await answer(connected, ask(temperature=0.9))
    body = models.requests[0].body
    assert (body["options"] if api == "ollama" else body)["temperature"] == 0.9


async def test_anthropic_leaves_room_for_the_answer_besides_the_thinking(
    models: ModelServer, provider: Connect
):
    thinking = {"type": "enabled", "budget_tokens": 30_000}
    await answer(provider("anthropic", options={"thinking": thinking}))
    assert models.requests[0].body["max_tokens"] > 30_000


async def test_anthropic_gets_turns_that_begin_with_a_user(models: ModelServer, provider: Connect):
    turns = [
        Message("assistant", "Welcome."),
        Message("user", "Hi"),
        Message("user", ""),
        Message("user", "Why?"),
    ]
    await answer(provider("anthropic"), Request(turns))
    sent = models.requests[0].body["messages"]
    assert [turn["role"] for turn in sent] == ["user", "assistant", "user"]
    assert [part["text"] for part in sent[-1]["content"]] == ["Hi", "Why?"]
