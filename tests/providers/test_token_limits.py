"""How much a model may write: what a refusal allows is asked for."""

from __future__ import annotations

import pytest

from llmstream.chunks import Text, Waiting
from llmstream.providers import errors
from llmstream.providers.token_limits import TokenLimit, fewer_tokens
from tests.bed.models import ModelServer, Reply

from .conftest import Connect, answer, ask, failed, refuses, said


async def test_claude_is_asked_for_as_much_as_it_allows(models: ModelServer, provider: Connect):
    words = (
        "max_tokens: 16000 > 8192, which is the maximum allowed number of output tokens for small"
    )
    models.answer_with(refuses(lambda body: body["max_tokens"] > 8192, words))
    connected = provider("anthropic")
    for requests in (2, 3):
        assert said(await answer(connected), Text) == "Hello from the model."
        assert models.requests[-1].body["max_tokens"] == 8192
        assert len(models.requests) == requests


async def test_max_tokens_that_do_not_fit_beside_the_question_are_lowered_for_it(
    models: ModelServer, provider: Connect, api: str
):
    if api == "ollama":
        pytest.skip("Ollama cuts the conversation itself")
    words = (
        "'max_tokens' or 'max_completion_tokens' is too large: 8000. This model's maximum "
        "context length is 4096 tokens and your request has 12 input tokens (8000 > 4096 - 12)."
    )
    models.answer_with(refuses(lambda body: body["max_tokens"] > 4084, words))
    connected = provider(api)
    chunks = await answer(connected, ask(max_tokens=8000))
    assert Waiting("small allows max_tokens 4084 here, not 8000") in chunks
    assert models.requests[-1].body["max_tokens"] == 4084
    await answer(connected, ask(max_tokens=8000))
    assert len(models.requests) == 4


async def test_a_conversation_that_leaves_no_room_is_too_long(
    models: ModelServer, provider: Connect
):
    words = (
        "This model's maximum context length is 4096 tokens. However, you requested 4200 tokens "
        "(4092 in the messages, 108 in the completion)."
    )
    models.script(Reply(status=400, body={"error": {"message": words}}))
    _, error = await failed(provider("openai"), ask(max_tokens=108))
    assert isinstance(error, errors.TooLong)


@pytest.mark.parametrize(
    ("words", "sent", "allowed"),
    [
        ("max_tokens: 16000 > 8192, which is the maximum allowed", 16000, (8192, True)),
        ("max_tokens is too large: 100000. This model supports at most 16384 completion tokens, "
         "whereas you provided 100000.", 100_000, (16384, True)),
        ("input length and `max_tokens` exceed context limit: 199000 + 8000 > 200000", 8000,
         (1000, False)),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]: 9000", 9000,
         (8192, True)),
        ("`max_tokens` must be less than or equal to `8192`, was 10000", 10000, (8192, True)),
        ("This model's maximum context length is 4,097 tokens. However, you requested 8,012 "
         "tokens (12 in the messages, 8,000 in the completion).", 8000, (4085, False)),
        ("max_tokens 5000 is too large: maximum context length is 4096", 5000, (2048, False)),
        ("max_tokens (8000) exceeds the context window", 8000, (2000, False)),
        ("The prompt has 5000 tokens, context length 4096", 0, None),
        ("prompt is too long: 5000 tokens > 4096 maximum", 8000, None),
    ],
)  # fmt: skip
def test_how_many_tokens_are_allowed_is_read_from_a_refusal(
    words: str, sent: int, allowed: tuple[int, bool] | None
):
    assert fewer_tokens(words, sent) == (TokenLimit(*allowed) if allowed else None)
