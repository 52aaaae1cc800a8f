"""What the database has of an answer on its way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from llmstream.bot.answering.checkpoint import Checkpoint
from llmstream.bot.store import Store, Unfinished
from llmstream.chunks import Text
from llmstream.document import Document

from ...virtual_time import virtual_time
from ..store.database import database
from ..store.test_store import ANSWER


class Writing:
    """An answer on its way: `says` a text, then `saved` has the text of its rows."""

    def __init__(self, store: Store) -> None:
        self.event_ids: tuple[str, ...] = ()
        self.store = store
        self.checkpoint = Checkpoint(store, self._so_far)
        self._document = Document()

    def _so_far(self) -> Unfinished:
        left = Unfinished("one", "asked", ANSWER, self._document)
        return left.in_messages(self.event_ids)

    def says(self, text: str) -> None:
        self._document.add(Text(text))

    async def saved(self) -> list[str]:
        await asyncio.sleep(0.1)  # what is to be saved at once is on its way
        return [one.answer.text for one in await self.store.streams.in_room(ANSWER.room_id)]


@asynccontextmanager
async def writing() -> AsyncIterator[Writing]:
    async with database() as opened:
        yield Writing(Store(opened))


@virtual_time
async def test_it_is_there_from_its_question_until_it_is_kept() -> None:
    async with writing() as one:
        async with one.checkpoint:
            assert await one.saved() == [""]
            one.says("The sky ")
            one.checkpoint.changed()
            assert await one.saved() == ["The sky "]
            await one.checkpoint.keep(ANSWER)
            assert await one.saved() == []
        assert await one.saved() == []
        assert await one.store.answers.by_question(ANSWER.room_id, ANSWER.question_id)


@pytest.mark.slow
@virtual_time
async def test_its_text_is_saved_with_each_edit_and_not_for_each_token() -> None:
    async with writing() as one, one.checkpoint:
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
        assert await one.saved() == [""]
        one.event_ids = ("$first", "$second")
        one.checkpoint.changed()
        assert await one.saved() == [""]
        [left] = await one.store.streams.in_room(ANSWER.room_id)
        assert left.answer.event_ids == ("$first", "$second")


@virtual_time
async def test_what_is_dropped_is_gone() -> None:
    async with writing() as one:
        async with one.checkpoint:
            assert await one.saved() == [""]
            await one.checkpoint.drop()
        assert await one.saved() == []


@pytest.mark.parametrize("error", [RuntimeError("a fault of ours"), asyncio.CancelledError()])
def test_what_was_not_ended_is_left_for_the_next_start(error: BaseException) -> None:
    @virtual_time
    async def scene() -> None:
        async with writing() as one:
            with suppress(type(error)):
                async with one.checkpoint:
                    one.says("all of it")
                    raise error
            assert await one.saved() == ["all of it"]

    scene()


@virtual_time
async def test_it_is_known_whether_the_database_has_it() -> None:
    async with writing() as one, one.checkpoint:
        one.says("all of it")
        assert await one.checkpoint.secured()
        assert [left.answer.text for left in await _left(one)] == ["all of it"]
        await one.store.answers._database.execute("DROP TABLE open_answers")
        assert not await one.checkpoint.secured()
        await one.checkpoint.drop()


async def _left(one: Writing) -> list[Unfinished]:
    return await one.store.streams.in_room(ANSWER.room_id)


@virtual_time
async def test_an_answer_that_cannot_be_kept_is_left(caplog: pytest.LogCaptureFixture) -> None:
    async with writing() as one:
        async with one.checkpoint:
            await one.store.answers._database.execute("DROP TABLE answer_parts")
            one.says("all of it")
            assert await one.checkpoint.secured()
            await one.checkpoint.keep(replace(ANSWER, text="all of it"))
        assert await one.saved() == ["all of it"]
        assert "could not be kept" in caplog.text
