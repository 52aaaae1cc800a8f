"""What is tried again, what is left out, and what is not tried again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmstream.chunks import Finish, Reasoning, Text, Waiting
from llmstream.messages import Tool
from llmstream.providers import errors
from tests.bed.models import ModelServer, Reply

from .conftest import AT_ONCE, Connect, answer, ask, failed, said

pytestmark = pytest.mark.slow

SSE = "text/event-stream"
BUSY = Reply(status=429, headers=AT_ONCE, body={"error": {"message": "Slow down"}})


@pytest.mark.parametrize("status", [429, 500, 502, 503, 529])
async def test_a_busy_server_is_asked_again_and_the_room_is_told(
    models: ModelServer, provider: Connect, api: str, status: int
):
    models.script(Reply(status=status, headers=AT_ONCE, body={"error": {"message": "busy"}}))
    chunks = await answer(provider(api))
    assert chunks[0] == Waiting(f"work is busy ({status}); trying again in 1 s")
    assert said(chunks, Text) == "Hello from the model."


async def test_it_is_asked_three_times_and_no_more(
    models: ModelServer, provider: Connect, api: str
):
    models.script(BUSY, BUSY, BUSY)
    _, error = await failed(provider(api))
    assert isinstance(error, errors.Busy)
    assert str(error) == "work is busy (429). Try again in a moment."
    assert len(models.requests) == 3


async def test_a_server_that_wants_a_long_pause_is_not_waited_for(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply(status=429, headers={"retry-after": "290"}, body={"error": "busy"}))
    _, error = await failed(provider(api))
    assert str(error) == "work is busy (429). Try again in 5 minutes."
    assert len(models.requests) == 1


async def test_a_lost_connection_before_the_first_word_is_tried_again(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply(reasoning="Let me think.", cut_after=2))
    chunks = await answer(provider(api))
    assert Waiting("work did not answer; trying again in 1 s") in chunks
    assert said(chunks, Text) == "Hello from the model."


async def test_a_connection_dropped_without_an_answer_is_tried_again(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply(hang_up=True))
    assert said(await answer(provider(api)), Text) == "Hello from the model."
    assert len(models.requests) == 2


async def test_after_the_first_word_a_lost_connection_keeps_the_words_and_is_not_tried_again(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply(["Blue ", "light"], cut_after=1))
    came, error = await failed(provider(api))
    assert came == "Blue "
    assert isinstance(error, errors.CutOff)
    assert str(error) == "The connection to work was lost. Ask again for the rest."
    assert len(models.requests) == 1


async def test_an_error_inside_the_stream_after_the_first_word_ends_it(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply(["Blue ", "light"], error_after=1, error="GPU is on fire."))
    came, error = await failed(provider(api))
    assert came == "Blue "
    assert isinstance(error, errors.CutOff)
    assert str(error) == "work broke off: GPU is on fire. Ask again for the rest."


async def test_an_error_inside_the_stream_before_the_first_word_has_its_own_meaning(
    models: ModelServer, provider: Connect, api: str
):
    message = "prompt is too long for this model's context length"
    models.script(Reply(error_after=0, error=message))
    _, error = await failed(provider(api))
    assert isinstance(error, errors.TooLong)


async def test_a_malformed_line_ends_the_answer_and_keeps_the_words(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply(["Blue ", "light"], garbage_after=1))
    came, error = await failed(provider(api))
    assert came == "Blue "
    assert isinstance(error, errors.CutOff)


async def test_a_stream_that_ends_without_its_end_was_cut_off(
    models: ModelServer, provider: Connect
):
    words = 'data: {"choices": [{"delta": {"content": "Blue "}}]}\n\n'
    models.script(Reply(body=words, headers={"Content-Type": "text/event-stream"}))
    came, error = await failed(provider("openai"))
    assert came == "Blue "
    assert isinstance(error, errors.CutOff)


async def test_a_model_that_falls_silent_is_left(models: ModelServer, provider: Connect, api: str):
    models.script(Reply(["Blue ", "light"], stall_after=1))
    came, error = await failed(provider(api), ask(idle_timeout=0.1))
    assert came == "Blue "
    assert isinstance(error, errors.Stalled)
    assert str(error).startswith("work sent nothing for 0.1 s.")
    await models.requests[0].ended.wait()


async def test_a_slow_model_is_waited_for_as_long_as_it_says_something(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply(["slow "] * 8, delay=0.1))
    chunks = await answer(provider(api), ask(idle_timeout=0.5))
    assert said(chunks, Text) == "slow " * 8


async def test_comments_show_that_a_server_is_alive(models: ModelServer, provider: Connect):
    word = 'data: {"choices":[{"delta":{"content":"Blue"},"finish_reason":"stop"}]}\n\n'
    models.script(Reply(lines=[": PROCESSING\n\n"] * 8 + [word], delay=0.1, lines_of=SSE))
    chunks = await answer(provider("openai"), ask(idle_timeout=0.5))
    assert said(chunks, Text) == "Blue"


async def test_a_model_that_has_stopped_is_not_waited_for(models: ModelServer, provider: Connect):
    word = 'data: {"choices":[{"delta":{"content":"Blue"},"finish_reason":"stop"}]}\n\n'
    models.script(Reply(lines=[word], lines_of=SSE, stall_after=1))
    chunks = await answer(provider("openai"), ask(idle_timeout=0.2))
    assert chunks == [Text("Blue"), Finish("stop")]


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": 503, "message": "The model is overloaded."}},
        [{"error": {"code": 503, "message": "overloaded"}}],
        {"error": {"message": "Server overloaded, please retry shortly"}},
        {"error": {"type": "overloaded_error", "message": "Overloaded"}},
        {"type": "error", "error": {"type": "api_error", "message": "Internal server error"}},
        {"choices": [{"delta": {}, "error": {"code": 502, "message": "upstream"}}]},
    ],
)
async def test_a_busy_server_may_say_so_with_status_200(
    models: ModelServer, provider: Connect, api: str, body: Any
):
    later = Reply(body=f"data: {json.dumps(body)}\n\n", headers={"Content-Type": SSE})
    models.script(later)
    chunks = await answer(provider(api))
    assert isinstance(chunks[0], Waiting)
    assert said(chunks, Text) == "Hello from the model."


async def test_a_model_without_tools_is_not_offered_them_again(
    models: ModelServer, provider: Connect, api: str
):
    models.refuses = {"tools"}
    connected, tool = provider(api), Tool("clock", "", {})
    for _ in range(2):
        _, error = await failed(connected, ask(tools=[tool]))
        assert isinstance(error, errors.ToolsUnsupported)
    assert len(models.requests) == 1


async def test_what_no_request_can_carry_is_made_good(
    models: ModelServer, provider: Connect, api: str
):
    tool = Tool("clock", "a\ud83d", {"properties": {"x": {"description": "b\0\ud83d"}}})
    chunks = await answer(provider(api), ask("c\ud83dd\0", tools=[tool]))
    assert said(chunks, Text) == "Hello from the model."
    assert "c\ufffdd\ufffd" in json.dumps(models.requests[0].body, ensure_ascii=False)


async def test_without_a_limit_a_silent_model_is_waited_for(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply(["Blue ", "light"], delay=0.05))
    chunks = await answer(provider(api), ask(idle_timeout=0))
    assert said(chunks, Text) == "Blue light"


@pytest.mark.parametrize("feature", ["stream", "temperature"])
async def test_what_a_model_refuses_is_left_out_and_remembered(
    models: ModelServer, provider: Connect, api: str, feature: str
):
    if (api, feature) == ("ollama", "temperature"):
        pytest.skip("Ollama takes any temperature")
    models.refuses = {feature}
    connected = provider(api)
    for requests in (2, 3):
        chunks = await answer(connected, ask(temperature=0.5))
        assert said(chunks, Text) == "Hello from the model."
        assert len(models.requests) == requests
    assert not models.requests[-1].body.get(feature)


async def test_usage_and_the_old_name_of_max_tokens_are_done_without(
    models: ModelServer, provider: Connect
):
    models.refuses = {"stream_options", "max_tokens"}
    connected = provider("openai")
    await answer(connected, ask(max_tokens=50))
    body = models.requests[-1].body
    assert "stream_options" not in body
    assert "max_tokens" not in body
    assert body["max_completion_tokens"] == 50
    await answer(connected, ask(max_tokens=50))
    assert len(models.requests) == 4


async def test_what_one_model_refuses_another_is_still_asked(
    models: ModelServer, provider: Connect
):
    models.refuses = {"stream"}
    connected = provider("openai")
    await answer(connected)
    models.refuses = set()
    await answer(connected, ask(model="large"))
    assert models.requests[-1].body["stream"] is True


async def test_a_lost_connection_repeats_no_word(models: ModelServer, provider: Connect, api: str):
    models.script(Reply(cut_after=0), Reply("Blue."))
    chunks = await answer(provider(api))
    assert said(chunks, Text) == "Blue."
    assert said(chunks, Reasoning) == ""
