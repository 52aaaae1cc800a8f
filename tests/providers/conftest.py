"""A model server for each test, and providers that ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from llmstream.chunks import Chunk, Text
from llmstream.messages import Message
from llmstream.providers import Provider, Request, Settings, connect, errors
from tests.bed.models import ModelServer, Reply
from tests.bed.models.server import Received

APIS = ("openai", "ollama", "anthropic")

AT_ONCE = {"retry-after-ms": "20"}

Connect = Callable[..., Provider]


@pytest.fixture
async def models() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture(params=APIS)
def api(request: pytest.FixtureRequest) -> str:
    """Each of the three wire formats in turn."""
    return str(request.param)


@pytest.fixture
async def provider(models: ModelServer) -> AsyncIterator[Connect]:
    """`provider(api, **settings)`: a provider named `work` that asks the model server."""
    async with AsyncExitStack() as stack:

        def connected(api: Any, /, **changes: Any) -> Provider:
            settings = {"model": "small", "base_url": models.url_for(api), **changes}
            made = connect(Settings(name="work", type=api, **settings))
            stack.push_async_callback(made.close)
            return made

        yield connected


def ask(text: str = "Why is the sky blue?", **changes: Any) -> Request:
    """A question of one turn."""
    return Request([Message("user", text)], **changes)


async def answer(provider: Provider, request: Request | None = None) -> list[Chunk]:
    """All chunks of an answer."""
    return [chunk async for chunk in provider.stream(request or ask())]


def said(chunks: list[Chunk], kind: type[Any]) -> str:
    """The text of all chunks of a kind."""
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, kind))


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


def refuses(when: Callable[[Any], bool], message: str, status: int = 400) -> Any:
    """A server that refuses such a question, and answers any other."""

    def reply(received: Received) -> Reply:
        if when(received.body):
            return Reply(status=status, body={"error": {"message": message}})
        return Reply()

    return reply
