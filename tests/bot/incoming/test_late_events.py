"""An event that comes late: as after a kick, when a server gives out a room's past once more, or
where another server was away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from llmstream.bot.incoming.missed import IN_ROOM, MISSED
from llmstream.bot.incoming.questions import hear
from llmstream.matrix.reading.said import Said, read

from ..answering.left import is_asked, of_bot
from ..commands.commanding import ALICE, CONFIG, ROOM, CommandedBot
from ..room.rooms import said
from .hearing import Hearing

MINUTE = 60.0


def event(asked: str, ago: float) -> Said:
    said = read(
        {
            "type": "m.room.message",
            "event_id": asked,
            "room_id": ROOM,
            "sender": ALICE,
            "origin_server_ts": int((time.time() - ago) * 1000),
            "content": {"msgtype": "m.text", "body": "!ask why?"},
        }
    )
    assert said is not None
    return said


@pytest.mark.parametrize("is_before", [True, False])
async def test_it_is_answered_unless_it_was_asked_before_we_came(
    bot: CommandedBot, is_before: bool
):
    object.__setattr__(bot.instance, "started_at", 0)
    asked = await is_asked(bot)
    ago = 10 * MINUTE if is_before else -10 * MINUTE
    bot.town.state_events[ROOM, "m.room.member"] = {
        "origin_server_ts": int((time.time() - 20 * MINUTE + ago) * 1000)
    }
    await hear(bot.instance, event(asked, 15 * MINUTE))
    assert bool(bot.instance.running.of_question(ROOM, asked)) is not is_before


@asynccontextmanager
async def back_again(
    folder: Path, missed: str, *, was_here: bool = True
) -> AsyncIterator[Hearing]:
    """A bot that has just come back, or is new."""
    config = f"{CONFIG}defaults: {{provider: home, missed_questions: {missed}}}\n"
    async with CommandedBot.laid_in(folder, config) as bot:
        if was_here:
            await bot.instance.store.heard.save(str(bot.instance.client.mxid), "mark")
        room = Hearing(bot)
        before = asyncio.all_tasks()
        room.handlers.begin()
        await room.all_done_since(before)
        yield room


async def reaches(room: Hearing, *, ago: float, membership: str = "join") -> str:
    """Only now it comes that Alice has asked something so many seconds ago."""
    asked = await is_asked(room.bot)
    await room.hears(
        ALICE,
        said("!ask why?"),
        event_id=asked,
        origin_server_ts=int((time.time() - ago) * 1000),
        unsigned={"age": int(ago * 1000), "membership": membership},
    )
    return asked


def told(room: Hearing) -> list[str]:
    shown = (room.bot.town.shown(one.event_id) for one in of_bot(room.bot))
    return [one for one in shown if one == MISSED]


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmstream.bot.incoming.late._TOGETHER", 0.01)


@pytest.mark.usefixtures("soon")
class TestAskedBeforeAStartAndHereAfterIt:
    async def test_it_is_told_once(self, tmp_path: Path):
        async with back_again(tmp_path, "tell") as room:
            asked = await reaches(room, ago=5 * MINUTE)
            assert told(room) == [MISSED]
            [answer] = of_bot(room.bot)
            assert answer.content["m.relates_to"]["m.in_reply_to"]["event_id"] == asked
            await room.hears(
                ALICE,
                said("!ask why?"),
                event_id=asked,
                origin_server_ts=int((time.time() - 5 * MINUTE) * 1000),
                unsigned={"membership": "join"},
            )
            assert told(room) == [MISSED]

    async def test_it_is_answered_where_that_is_wanted_and_it_is_fresh(self, tmp_path: Path):
        async with back_again(tmp_path, "answer") as room:
            asked = await reaches(room, ago=5 * MINUTE)
            assert room.bot.instance.running.of_question(ROOM, asked)
            await reaches(room, ago=15 * MINUTE)
            assert told(room) == [MISSED]

    async def test_it_is_left_where_that_is_wanted(self, tmp_path: Path):
        async with back_again(tmp_path, "ignore") as room:
            await reaches(room, ago=5 * MINUTE)
            assert of_bot(room.bot) == []

    async def test_of_a_past_that_is_filled_in_no_more_is_told_than_of_what_was_missed(
        self, tmp_path: Path
    ):
        async with back_again(tmp_path, "tell") as room:
            for number in range(IN_ROOM + 3):
                await reaches(room, ago=(10 - number) * MINUTE)
            assert told(room) == [MISSED] * IN_ROOM

    @pytest.mark.parametrize("membership", ["invite", "leave"])
    async def test_what_was_said_before_we_came_into_the_room_is_left(
        self, tmp_path: Path, membership: str
    ):
        async with back_again(tmp_path, "answer") as room:
            await reaches(room, ago=5 * MINUTE, membership=membership)
            assert of_bot(room.bot) == []
            assert not list(room.bot.instance.running)

    async def test_a_bot_that_is_new_sees_to_nothing_old(self, tmp_path: Path):
        async with back_again(tmp_path, "answer", was_here=False) as room:
            await reaches(room, ago=5 * MINUTE)
            assert of_bot(room.bot) == []
            assert not list(room.bot.instance.running)
