"""What goes wrong, what the room is told, and what is tried again: over all three wire formats."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from llmstream.chunks import Chunk, Reasoning, Text, Waiting
from llmstream.providers import Provider, Request, errors
from tests.bed.models import ModelServer, Reply

from .conftest import Connect, answer, ask, said

AT_ONCE = {"retry-after-ms": "20"}
BUSY = Reply(status=429, headers=AT_ONCE, body={"error": {"message": "Slow down"}})


def refusal(status: int, message: str, **more: Any) -> Reply:
    """An error in the words of a server, in the shape that each package finds it in."""
    return Reply(status=status, headers=AT_ONCE, body={"error": {"message": message, **more}})


async def failed(provider: Provider, request: Request | None = None) -> tuple[str, Exception]:
    """The text that came, and what the room is told."""
    came: list[Chunk] = []
    error = await failure(provider, request, came)
    return said(came, Text), error


async def failure(provider: Provider, request: Request | None, came: list[Chunk]) -> Exception:
    """What the room is told; `came` gets what came before it."""
    try:
        async for chunk in provider.stream(request or ask()):
            came += [chunk]
    except errors.ProviderError as error:
        return error
    pytest.fail("The answer did not fail")


async def test_nobody_at_the_address(provider: Connect, api: str):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    came: list[Chunk] = []
    error = await failure(provider(api, base_url=f"http://me:secret@127.0.0.1:{port}"), None, came)
    assert isinstance(error, errors.NotReachable)
    assert str(error) == f"work did not answer at 127.0.0.1:{port}. Is it running?"
    assert came == [
        Waiting("work did not answer; trying again in 1 s"),
        Waiting("work did not answer; trying again in 3 s"),
    ]


async def test_a_refused_key(models: ModelServer, provider: Connect, api: str):
    models.script(refusal(401, "Incorrect API key provided: sk-abc123def456. See https://x.y/z"))
    _, error = await failed(provider(api, api_key="sk-abc123def456"))
    assert isinstance(error, errors.NotAuthorized)
    assert str(error) == f"{api} refused the key of provider `work`. Set providers.work.api_key."
    assert len(models.requests) == 1


async def test_a_missing_key(models: ModelServer, provider: Connect, api: str):
    models.script(refusal(401, "You didn't provide an API key."))
    _, error = await failed(provider(api))
    assert str(error) == f"{api} wants a key for provider `work`. Set providers.work.api_key."


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "The model `small` does not exist or you do not have access to it."),
        (404, "model 'small' not found"),
        (404, "model: small"),
        (400, "small is not a valid model ID"),
        (400, "invalid model name"),
        (403, "Project `p` does not have access to model `small`"),
    ],
)
async def test_an_unknown_model(
    models: ModelServer, provider: Connect, api: str, status: int, message: str
):
    models.script(refusal(status, message))
    _, error = await failed(provider(api))
    assert isinstance(error, errors.UnknownModel)
    assert str(error) == "work has no model `small`. `!llm models` shows which exist."


async def test_no_model_at_all(provider: Connect, api: str):
    _, error = await failed(provider(api, model=""))
    assert isinstance(error, errors.UnknownModel)
    assert "Set providers.work.model" in str(error)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "This model's maximum context length is 8192 tokens. However, you requested 9000."),
        (400, "the request exceeds the available context size. try increasing it"),
        (400, "prompt is too long: 201000 tokens > 200000 maximum"),
        (400, "input length and `max_tokens` exceed context limit: 199000 + 8000 > 200000"),
        (
            400,
            "The number of tokens to keep from the initial prompt is greater than the "
            "context length",
        ),
        (
            400,
            "This endpoint's maximum context length is 131072 tokens. However, you requested "
            "about 140000 tokens. Please reduce the length of either one",
        ),
        (
            400,
            "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum "
            "context length is 4096 tokens",
        ),
        (413, "Payload"),
        (
            429,
            "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000.",
        ),
        (500, "exceed_context_size_error"),
    ],
)
async def test_a_conversation_that_is_too_long(
    models: ModelServer, provider: Connect, api: str, status: int, message: str
):
    models.script(refusal(status, message))
    _, error = await failed(provider(api))
    assert isinstance(error, errors.TooLong)
    assert len(models.requests) == 1


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (429, "You exceeded your current quota, please check your plan and billing details."),
        (402, "Insufficient credits. Add more using https://openrouter.ai/credits"),
        (400, "Your credit balance is too low to access the Anthropic API."),
    ],
)
async def test_no_credit_left_is_not_tried_again(
    models: ModelServer, provider: Connect, api: str, status: int, message: str
):
    models.script(refusal(status, message))
    _, error = await failed(provider(api))
    assert isinstance(error, errors.OutOfQuota)
    assert "`work` has no credit left" in str(error)
    assert len(models.requests) == 1


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


async def test_a_web_page_instead_of_an_api(models: ModelServer, provider: Connect, api: str):
    models.script(Reply(body="<!doctype html><title>Welcome</title>"))
    _, error = await failed(provider(api))
    assert isinstance(error, errors.WrongAddress)
    assert "Check providers.work.base_url." in str(error)
    assert "<" not in str(error)


async def test_a_base_url_without_v1_is_explained(models: ModelServer, provider: Connect):
    url = models.url_for("openai").removesuffix("/v1")
    _, error = await failed(provider("openai", base_url=url + "/"))
    assert isinstance(error, errors.WrongAddress)
    assert str(error) == (
        f"work answered 404: its base_url has no /v1. Set providers.work.base_url to {url}/v1."
    )


async def test_any_other_refusal_is_told_in_the_servers_words_made_harmless(
    models: ModelServer, provider: Connect, api: str
):
    message = (
        "Your <b>prompt</b> was flagged. See https://user:pw@x.y/policy?key=1, sk-abcdef123456"
    )
    models.script(refusal(400, message))
    _, error = await failed(provider(api))
    assert isinstance(error, errors.Refused)
    assert str(error) == "work refused the question (400): Your prompt was flagged. See … …."


async def test_a_raw_page_is_never_shown(models: ModelServer, provider: Connect, api: str):
    models.script(Reply(status=418, body="<html><body>secret internals</body></html>"))
    _, error = await failed(provider(api))
    assert "secret" not in str(error)
    assert "(418)" in str(error)


async def test_the_list_of_models_fails_in_sentences_too(provider: Connect, api: str):
    with pytest.raises(errors.NotReachable, match="Is it running"):
        await provider(api, base_url="http://127.0.0.1:1").models()


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
