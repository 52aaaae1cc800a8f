"""What goes wrong and what the room is told, over all three wire formats."""

from __future__ import annotations

import socket

import pytest

from llmstream.chunks import Chunk, Waiting
from llmstream.providers import errors
from tests.bed.models import ModelServer, Reply

from .conftest import Connect, failed, failure, refusal


@pytest.mark.slow
async def test_nobody_at_the_address(provider: Connect, api: str):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        port = nobody.getsockname()[1]
        came: list[Chunk] = []
        url = f"http://me:secret@127.0.0.1:{port}"
        error = await failure(provider(api, base_url=url), None, came)
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
    assert str(error) == "work has no model `small`. `!llm models work` shows which exist."


async def test_no_model_at_all(provider: Connect, api: str):
    _, error = await failed(provider(api, model=""))
    assert isinstance(error, errors.UnknownModel)
    assert "Set providers.work.model" in str(error)


@pytest.mark.slow
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


async def test_a_list_of_models_that_is_a_web_page_is_explained(
    models: ModelServer, provider: Connect, api: str
):
    models.listing = "<!doctype html><title>Welcome</title>"
    with pytest.raises(errors.WrongAddress, match=r"Check providers\.work\.base_url"):
        await provider(api).models()


async def test_a_problem_of_the_servers_own_is_told(
    models: ModelServer, provider: Connect, api: str
):
    words = "model requires more system memory (9 GiB) than is available (4 GiB)"
    models.script(*[refusal(500, words)] * 3)
    _, error = await failed(provider(api))
    assert isinstance(error, errors.Busy)
    assert words in str(error)
