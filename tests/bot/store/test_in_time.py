"""A database that hangs, and says nothing at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from llmstream.bot.incoming.answered import is_answered
from llmstream.bot.room.triggers import Question

from ..answering.left import of_bot
from ..commands.commanding import ALICE, ROOM, CommandedBot
from ..incoming.hearing import Hearing, until
from ..room.rooms import said

CONFIG = """\
providers: {demo: {type: demo}}
defaults: {provider: demo, history_messages: 0, context_messages: 0}
"""


PATIENCE = 0.3


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmstream.bot.store.in_time.PATIENCE", PATIENCE)
    monkeypatch.setattr("llmstream.bot.store.in_time._HANGS", 0.05)


@asynccontextmanager
async def hangs(bot: CommandedBot) -> AsyncIterator[None]:
    """Its one thread waits for a disk that does not answer."""
    connection: Any
    over = Event()
    async with bot.instance.store.answers._database.acquire() as connection:
        hanging = asyncio.create_task(connection.wrapped._execute(over.wait))
    await asyncio.sleep(0)
    try:
        yield
    finally:
        over.set()
        await hanging


@pytest.mark.slow
async def test_a_question_is_answered_all_the_same(tmp_path: Path) -> None:
    async with Hearing.laid_in(tmp_path, CONFIG) as room, hangs(room.bot):
        room.comes(ALICE, said("!ask why?"))
        await until(lambda: bool(of_bot(room.bot)))
        [answer] = room.bot.instance.running
        await answer.over()
        assert "A tour of this room" in room.bot.town.shown(of_bot(room.bot)[0].event_id)


async def test_what_it_is_asked_meanwhile_fails_soon(tmp_path: Path) -> None:
    async with CommandedBot.laid_in(tmp_path) as bot:
        clock = asyncio.get_running_loop()
        async with hangs(bot):
            began = clock.time()
            assert not await is_answered(bot.instance, Question("$q", ROOM, ALICE, "why?", 0))
            assert clock.time() - began >= PATIENCE
            for _ in range(5):
                with pytest.raises(TimeoutError):
                    await bot.instance.store.answers.latest(ROOM)
        assert await bot.instance.store.answers.latest(ROOM) is None


async def test_what_was_to_be_written_is_written_once_it_answers(tmp_path: Path) -> None:
    async with CommandedBot.laid_in(tmp_path) as bot:
        heard = bot.instance.store.heard
        async with hangs(bot):
            with pytest.raises(TimeoutError):
                await heard.save(ALICE, "s1")
        assert await heard.load(ALICE) == "s1"
