"""Questions count by their age, where the homeserver tells it: clocks differ, and are set."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from llmstream.bot.incoming.questions import hear
from llmstream.matrix.reading.said import read

from ...faults import Answer
from ...virtual_time import virtual_time
from ..commands.commanding import ALICE, CONFIG, ROOM, CommandedBot, Town
from ..room.rooms import said
from .hearing import Hearing
from .test_missed import Absence

_HOUR = 3_600_000


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Hearing]:
    async with Hearing.laid_in(tmp_path) as hearing:
        yield hearing


def asked_at(ago: int, **unsigned: Any) -> dict[str, Any]:
    """When it was asked, by the clock of the homeserver."""
    return {"origin_server_ts": int(time.time() * 1000) - ago, "unsigned": unsigned}


@pytest.mark.parametrize("ago", [_HOUR, -_HOUR], ids=["behind", "ahead"])
async def test_a_homeserver_whose_clock_is_wrong_is_heard(room: Hearing, ago: int) -> None:
    asked = await room.hears(ALICE, said("!ask why?"), **asked_at(ago, age=0))
    assert room.bot.instance.running.of_question(ROOM, asked)


@pytest.mark.parametrize("unsigned", [{}, {"age": _HOUR}, {"age": "young"}])
async def test_what_is_old_is_not(room: Hearing, unsigned: dict[str, Any]) -> None:
    asked = await room.hears(ALICE, said("!ask why?"), **asked_at(_HOUR, **unsigned))
    assert not room.bot.instance.running.of_question(ROOM, asked)


class BusyTown(Town):
    """It takes ten seconds to say who is in a room."""

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> Answer:
        if path.endswith("/joined_members"):
            await asyncio.sleep(10)
        return await super().answer(user_id, method, path, body)


ANSWERING = f"{CONFIG}defaults: {{provider: home, missed_questions: answer}}\n"


def test_what_was_asked_just_before_a_start_stays_old_while_the_homeserver_is_busy(
    tmp_path: Path,
) -> None:
    @virtual_time
    async def scene() -> None:
        async with CommandedBot.laid_in(tmp_path, ANSWERING, BusyTown()) as bot:
            absence = Absence(bot)
            await asyncio.sleep(2)
            asked = await absence.missed(ago=3, unsigned={"age": 3000})
            await absence.comes_back()
            assert absence.is_answered(asked)

    scene()


def test_what_is_heard_and_looks_missed_too_is_answered_once(tmp_path: Path) -> None:
    @virtual_time
    async def scene() -> None:
        async with CommandedBot.laid_in(tmp_path, ANSWERING, BusyTown()) as bot:
            absence = Absence(bot)
            asked = await absence.missed(ago=0, unsigned={"age": 500})
            heard = read({**absence._came[0], "room_id": ROOM})
            assert heard
            await asyncio.gather(absence.comes_back(), hear(bot.instance, heard))
            assert len(bot.instance.running.of_question(ROOM, asked)) == 1

    scene()
