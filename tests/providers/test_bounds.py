"""A server that sends more than any answer has: the process keeps its memory and its loop."""

from __future__ import annotations

import gzip
import resource
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from llmstream.chunks import Text
from llmstream.providers import errors
from llmstream.providers.bounds import LARGEST_PIECE
from tests.bed.models import ModelServer, Reply
from tests.loop_work import watched

from .conftest import Connect, answer, failed, said

pytestmark = pytest.mark.slow

MB = 1024 * 1024
STREAM = {"Content-Type": "text/event-stream"}
PACKED = {**STREAM, "Content-Encoding": "gzip"}
HELLO = b'data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\n'


MEGABYTES, SECONDS = 40, 0.3
Within = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture
def within_bounds(pace: Callable[[], float]) -> Within:
    """Neither does memory grow by more than this, nor does the loop stand still for longer."""

    @asynccontextmanager
    async def within() -> AsyncIterator[None]:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        async with watched() as held:
            yield
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        assert grown < MEGABYTES
        assert held.longest < SECONDS * pace()

    return within


@pytest.fixture
def zeros() -> bytes:
    """60 MB in a few kB of gzip."""
    return gzip.compress(b"data: " + b"0" * (60 * MB), 9)


async def test_sixty_megabytes_in_a_line_out_of_a_few_kilobytes(
    models: ModelServer, provider: Connect, api: str, zeros: bytes, within_bounds: Within
):
    connected = provider(api)
    await answer(connected)
    models.script(Reply(body=zeros, headers=PACKED))
    async with within_bounds():
        _, error = await failed(connected)
    assert isinstance(error, errors.TooMuch)
    assert str(error) == "work sent more than is read of one answer. Ask again, or for less."
    assert len(models.requests) == 2


async def test_an_answer_that_never_ends_its_line(models: ModelServer, provider: Connect):
    models.script(Reply(body=b"data: " + b"0" * (LARGEST_PIECE + 1), headers=STREAM))
    _, error = await failed(provider("openai"))
    assert isinstance(error, errors.TooMuch)


async def test_what_came_before_the_flood_is_kept(models: ModelServer, provider: Connect):
    word = b'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\n'
    models.script(Reply(body=word + b"data: " + b"0" * (LARGEST_PIECE + 1), headers=STREAM))
    came, error = await failed(provider("openai"))
    assert came == "Hello"
    assert str(error) == "work sent more than is read of one answer. Ask again for the rest."


async def test_a_list_of_models_out_of_a_few_kilobytes(
    models: ModelServer, provider: Connect, api: str, zeros: bytes, within_bounds: Within
):
    connected = provider(api)
    await connected.models()
    models.listing = Reply(body=zeros, headers=PACKED)
    async with within_bounds():
        with pytest.raises(errors.TooMuch):
            await connected.models()


async def test_an_error_of_any_size_is_an_error(
    models: ModelServer, provider: Connect, api: str, zeros: bytes, within_bounds: Within
):
    connected = provider(api)
    await answer(connected)
    models.script(Reply(body=zeros, headers=PACKED, status=418))
    async with within_bounds():
        _, error = await failed(connected)
    assert "(418)" in str(error)


async def test_too_many_calls_are_too_much(models: ModelServer, provider: Connect):
    calls = ",".join(f'{{"id":"{n}","function":{{"name":"x"}}}}' for n in range(300))
    body = f'data: {{"choices":[{{"delta":{{"tool_calls":[{calls}]}}}}]}}\n\n'
    models.script(Reply(body=body.encode(), headers=STREAM))
    _, error = await failed(provider("openai"))
    assert isinstance(error, errors.TooMuch)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(HELLO), "gzip"),
        (gzip.compress(HELLO[:20]) + gzip.compress(HELLO[20:]), "gzip"),
        (gzip.compress(HELLO) + b"rest", "x-gzip"),
        (zlib.compress(HELLO), "deflate"),
        (zlib.compress(HELLO)[2:-4], "deflate"),
        (HELLO, "identity"),
    ],
    ids=["gzip", "two members", "more behind", "deflate", "bare deflate", "as it is"],
)
async def test_packed_answers_are_unpacked(
    models: ModelServer, provider: Connect, body: bytes, encoding: str
):
    headers = {**STREAM, "Content-Encoding": encoding}
    models.script(Reply(body=body, headers=headers))
    assert said(await answer(provider("openai")), Text) == "Hello"


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "gzip"])
async def test_what_cannot_be_unpacked_is_no_answer(
    models: ModelServer, provider: Connect, encoding: str
):
    models.script(Reply(body=HELLO, headers={**STREAM, "Content-Encoding": encoding}))
    _, error = await failed(provider("openai"))
    assert isinstance(error, errors.Garbled | errors.WrongAddress)
