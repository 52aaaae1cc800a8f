"""Where keys come from, and that they go nowhere but to their server."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.chunks import Text
from llmstream.providers import Settings
from llmstream.providers.credentials import Address
from llmstream.providers.errors import NotAuthorized
from llmstream.providers.failures import harmless
from tests.bed.models import ModelServer, Reply

from .conftest import Connect, answer, said


def key_sent(models: ModelServer) -> str:
    return models.requests[-1].headers["Authorization"].removeprefix("Bearer ")


async def test_the_key_itself(models: ModelServer, provider: Connect, api: str):
    await answer(provider(api, api_key="key-1"))
    assert key_sent(models) == "key-1"


async def test_a_key_from_the_environment(
    models: ModelServer, provider: Connect, api: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MY_KEY", "key-2")
    await answer(provider(api, api_key="env:MY_KEY"))
    assert key_sent(models) == "key-2"


async def test_a_key_from_a_file_is_read_anew_for_each_question(
    models: ModelServer, provider: Connect, api: str, tmp_path: Path
):
    file = tmp_path / "key"
    connected = provider(api, api_key=f"file:{file}")
    for key in ("key-3", "key-4"):
        file.write_text(key + "\n")
        await answer(connected)
        assert key_sent(models) == key


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("env:NOT_SET_AT_ALL", "in the environment variable NOT_SET_AT_ALL, which is not set."),
        (
            "file:/nowhere/key",
            r"the file /nowhere/key, which cannot be read \(No such file or directory\).",
        ),
        ("file:/dev/null", "the file /dev/null, which is empty."),
    ],
)
async def test_a_key_that_is_not_there_is_explained(provider: Connect, key: str, sentence: str):
    with pytest.raises(NotAuthorized, match=sentence) as caught:
        await answer(provider("openai", api_key=key))
    assert "providers.work.api_key" in str(caught.value)


@pytest.mark.parametrize("api", ["openai", "anthropic"])
async def test_the_makers_own_server_is_not_asked_without_a_key(provider: Connect, api: str):
    with pytest.raises(NotAuthorized, match="wants a key for provider `work`"):
        await answer(provider(api, base_url=""))


async def test_without_a_key_none_is_taken_from_the_environment(
    models: ModelServer, provider: Connect, api: str, monkeypatch: pytest.MonkeyPatch
):
    for name in ("OPENAI_API_KEY", "OLLAMA_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "of-somebody-else")
    await answer(provider(api))
    assert "of-somebody-else" not in str(models.requests[-1].headers)


async def test_headers_of_ones_own_are_sent_and_may_replace_the_key(
    models: ModelServer, provider: Connect, api: str
):
    headers = {"X-Team": "blue", "Authorization": "mine"}
    await answer(provider(api, headers=headers))
    assert models.requests[-1].headers["X-Team"] == "blue"
    assert key_sent(models) == "mine"


async def test_credentials_in_the_url_are_sent_and_never_logged(
    models: ModelServer, provider: Connect, api: Any, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    url = models.url_for(api).replace("//", "//me:p%40ss-word@")
    chunks = await answer(provider(api, base_url=url))
    assert said(chunks, Text) == "Hello from the model."
    assert models.requests[-1].headers["Authorization"] == "Basic bWU6cEBzcy13b3Jk"
    assert "ss-word" not in caplog.text


async def test_no_error_shows_the_key(models: ModelServer, provider: Connect, api: str):
    key = "hf_x9x9x9x9x9"
    models.script(Reply(status=400, body={"error": {"message": f"No luck with {key} today"}}))
    with pytest.raises(Exception, match="No luck") as caught:
        await answer(provider(api, api_key=key))
    assert key not in str(caught.value)


def test_an_address_is_shown_without_its_credentials():
    address = Address.of("https://me:secret@api.example.org:8443/v1/?key=secret")
    assert address.host == "api.example.org:8443"
    assert address.shown == "https://api.example.org:8443/v1"
    assert "secret" not in repr(address).replace("?key=secret", "")


def test_an_address_may_lack_its_scheme():
    assert Address.of("localhost:11434").url == "http://localhost:11434"


def test_settings_and_addresses_keep_secrets_out_of_their_text():
    settings = Settings("work", "openai", api_key="sk-secret", headers={"x-api-key": "secret"})
    assert "secret" not in repr(settings)
    assert "c2VjcmV0" not in repr(Address.of("http://secret:secret@x"))


@given(st.text(max_size=2000))
def test_a_servers_message_becomes_one_short_line(message: str):
    shown = harmless(message)
    assert len(shown) <= 200
    assert "\n" not in shown


@given(st.from_regex(re.compile(r"(sk|gsk|xai)-[A-Za-z0-9]{12,60}", re.ASCII), fullmatch=True))
def test_what_looks_like_a_key_is_never_shown(key: str):
    assert key not in harmless(f"Incorrect API key provided: {key}. Bearer {key} is wrong, {key}!")
