"""Streams of every kind, and that they are closed on every way out."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any

import pytest
from ollama import ProgressResponse

from llmstream.adapters import chunks_of
from llmstream.chunks import Text
from llmstream.plan import StreamingPlan
from llmstream.post import post
from tests.adapters.reading import collect, said
from tests.homeserver import Homeserver
from tests.posting import ROOM

WORDS = ["one ", "two ", "three"]


class Watched:
    """A stream of either kind that remembers whether it was closed, and by which thread read."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        self.threads: set[int] = set()

    async def asynchronous(self) -> AsyncIterator[str]:
        try:
            for word in WORDS:
                yield word
        finally:
            self.closed.set()

    def plain(self) -> Iterator[str]:
        try:
            for word in WORDS:
                self.threads.add(threading.get_ident())
                yield word
        finally:
            self.closed.set()

    @asynccontextmanager
    async def manager(self) -> AsyncIterator[Any]:
        yield self.asynchronous()

    @contextmanager
    def plain_manager(self) -> Iterator[Any]:
        yield self.plain()

    async def awaited(self) -> Any:
        return self.asynchronous()


KINDS = ["asynchronous", "plain", "manager", "plain_manager", "awaited"]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_stream_is_read_to_its_end_and_closed(kind: str) -> None:
    watched = Watched()
    chunks = await collect(getattr(watched, kind)())
    assert said(chunks, Text) == "one two three"
    assert await asyncio.to_thread(watched.closed.wait, 1)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_stream_is_closed_when_nobody_reads_on(kind: str) -> None:
    watched = Watched()
    async with aclosing(chunks_of(getattr(watched, kind)())) as chunks:
        assert await anext(chunks) == Text("one ")
    assert await asyncio.to_thread(watched.closed.wait, 1)


async def test_a_class_that_makes_its_iterators_has_them_closed() -> None:
    watched = Watched()

    class Stream:
        def __aiter__(self) -> AsyncIterator[str]:
            return watched.asynchronous()

    async with aclosing(chunks_of(Stream())) as chunks:
        await anext(chunks)
    assert watched.closed.is_set()


async def test_a_plain_generator_is_read_in_one_thread_that_is_not_ours() -> None:
    watched = Watched()
    await collect(watched.plain())
    assert len(watched.threads) == 1
    assert threading.get_ident() not in watched.threads


async def test_a_generator_that_blocks_holds_up_nobody_and_many_do_not_hold_up_each_other() -> (
    None
):
    gate = threading.Event()

    def blocked() -> Iterator[str]:
        gate.wait()
        yield "at last"

    waiting = [asyncio.create_task(collect(blocked())) for _ in range(50)]
    async with asyncio.timeout(5):
        assert await collect(Watched().plain()) == [Text(word) for word in WORDS]
        assert await asyncio.to_thread(str, "the loop's own threads are free") != ""
    gate.set()
    assert await asyncio.gather(*waiting) == [[Text("at last")]] * 50


async def test_stopping_does_not_wait_for_a_generator_that_blocks() -> None:
    gate, closed = threading.Event(), threading.Event()

    def blocked() -> Iterator[str]:
        try:
            yield "first"
            gate.wait()
            yield "second"
        finally:
            closed.set()

    chunks = chunks_of(blocked())
    assert await anext(chunks) == Text("first")
    waiting = asyncio.ensure_future(anext(chunks))
    await asyncio.sleep(0.01)
    waiting.cancel()
    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert not closed.is_set()
    gate.set()
    assert await asyncio.to_thread(closed.wait, 1)


async def test_what_a_plain_generator_raises_comes_out() -> None:
    def broken() -> Iterator[str]:
        yield "one"
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await collect(broken())


@pytest.mark.parametrize("postable", [7, None, {"type": "markdown_text"}, b"bytes", object()])
@pytest.mark.parametrize("wrap", [lambda stream: stream, StreamingPlan])
async def test_what_is_no_stream_is_refused_before_anything_is_posted(
    postable: Any, wrap: Any
) -> None:
    homeserver = Homeserver()
    with pytest.raises(TypeError, match=f"cannot post a {type(postable).__qualname__}"):
        await post(homeserver.client(), ROOM, wrap(postable))
    assert not homeserver.attempts


async def test_an_object_of_a_known_package_that_is_no_event_is_named() -> None:
    with pytest.raises(TypeError, match="ProgressResponse"):
        await collect([ProgressResponse(status="pulling")])
