"""What the database has of an answer while it is being written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from llmstream.bot.answering.checkpoint import Checkpoint
from llmstream.bot.store import Store, Streams, Unfinished
from llmstream.chunks import Text
from llmstream.document import Document
from llmstream.matrix.sending.outcome import Reason, Refused, SendError

from ...virtual_time import virtual_time
from ..store.database import database
from ..store.test_store import ANSWER

SOON = 9e9  # after everything that happens here, in unix time


class Writing:
    """An answer that is being written: `says` a text, then `saved` has the text of its rows."""

    def __init__(self, streams: Streams) -> None:
        self.event_ids = ["$first"]
        self.streams = streams
        self.checkpoint = Checkpoint(streams, self._so_far)
        self._document = Document()

    def _so_far(self) -> Unfinished:
        return Unfinished(replace(ANSWER, event_ids=tuple(self.event_ids)), self._document, "")

    def says(self, text: str) -> None:
        self._document.add(Text(text))

    async def saved(self) -> list[str]:
        await asyncio.sleep(0.1)  # what is to be saved at once is on its way
        return [one.answer.text for one in await self.streams.left_over(SOON)]


@asynccontextmanager
async def writing() -> AsyncIterator[Writing]:
    async with database() as opened:
        yield Writing(Store(opened).streams)


@virtual_time
async def test_it_is_there_from_the_first_event_to_the_last() -> None:
    async with writing() as one:
        async with one.checkpoint:
            one.says("The sky ")
            assert await one.saved() == []
            one.checkpoint.begun()
            assert await one.saved() == ["The sky "]
            one.checkpoint.finished()
        assert await one.saved() == []


@pytest.mark.slow
@virtual_time
async def test_its_text_is_saved_with_each_edit_and_not_for_each_token() -> None:
    async with writing() as one, one.checkpoint:
        one.checkpoint.begun()
        assert await one.saved() == [""]
        for _ in range(4):
            one.says("word ")
            await asyncio.sleep(1)
        assert await one.saved() == [""]
        one.checkpoint.changed()
        assert await one.saved() == ["word " * 4]


@virtual_time
async def test_a_second_message_is_saved_at_once() -> None:
    async with writing() as one, one.checkpoint:
        one.checkpoint.begun()
        assert await one.saved() == [""]
        one.event_ids.append("$second")
        one.checkpoint.begun()
        assert await one.saved() == [""]
        [left] = await one.streams.left_over(SOON)
        assert left.answer.event_ids == ("$first", "$second")


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (RuntimeError("a fault of ours"), ["all of it"]),
        (SendError(Refused(Reason.FORBIDDEN, None, "kicked")), ["all of it"]),
        (SendError(Refused(Reason.GONE, None, "redacted")), []),
    ],
)
def test_it_is_left_for_the_next_start_unless_the_message_is_gone(
    error: Exception, left: list[str]
) -> None:
    @virtual_time
    async def scene() -> None:
        async with writing() as one:
            with suppress(type(error)):
                async with one.checkpoint:
                    one.checkpoint.begun()
                    one.says("all of it")
                    raise error
            assert await one.saved() == left

    scene()


@pytest.mark.parametrize(("cancellations", "left"), [(1, []), (2, ["all of it"])])
def test_it_is_left_for_the_next_start_when_its_last_event_was_not_waited_for(
    cancellations: int, left: list[str]
) -> None:
    @virtual_time
    async def scene() -> None:
        async with writing() as one:
            finishing = asyncio.Event()

            async def write() -> None:
                async with one.checkpoint:
                    one.checkpoint.begun()
                    one.says("all of it")
                    try:
                        await asyncio.Event().wait()
                    finally:  # as `post` sends the last event
                        finishing.set()
                        await asyncio.sleep(8)
                        one.checkpoint.finished()

            task = asyncio.create_task(write())
            await asyncio.sleep(1)
            for _ in range(cancellations):
                task.cancel()
                await finishing.wait()
            await asyncio.wait([task])
            assert await one.saved() == left

    scene()
