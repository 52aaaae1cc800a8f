"""`!llm stop` and `!llm reset`, and who may steer an answer."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from llmstream.bot.answering.running import STOPPED
from llmstream.bot.notice import PAUSE
from llmstream.bot.permissions import may_steer

from .commanding import ADMIN, ALICE, MODERATOR, ROOM, CommandedBot

BOB = "@bob:here"


@pytest.fixture
async def bot(tmp_path: Path):
    async with CommandedBot.laid_in(tmp_path) as bot:
        yield bot


async def test_nothing_to_stop_is_said(bot: CommandedBot):
    assert await bot.hears("!llm stop") == "Nothing is being written in this room."
    assert "in this thread" in await bot.hears("!llm stop", thread="$root")


async def test_people_stop_their_own_answers_and_hear_of_the_others(bot: CommandedBot):
    own, other = bot.writes(ALICE), bot.writes(BOB)
    said = await bot.hears("!llm stop", by=ALICE)
    assert said.startswith("⏹️ Stopped 1 answer. 1 answer to others goes on")
    assert own.ending is STOPPED
    assert other.ending is None
    await own.over()
    assert not (await bot.hears("!llm stop", by=ALICE)).startswith("⏹️")


@pytest.mark.parametrize("person", [MODERATOR, ADMIN])
async def test_moderators_and_admins_stop_all(bot: CommandedBot, person: str):
    writing = [bot.writes(ALICE), bot.writes(BOB, thread="$root")]
    assert await bot.hears("!llm stop", by=person) == "⏹️ Stopped 2 answers."
    assert [one.ending for one in writing] == [STOPPED, STOPPED]


async def test_in_a_thread_only_its_answers_are_stopped(bot: CommandedBot):
    inside, outside = bot.writes(ALICE, thread="$root"), bot.writes(ALICE)
    assert await bot.hears("!llm stop", by=ALICE, thread="$root") == "⏹️ Stopped 1 answer."
    assert (inside.ending, outside.ending) == (STOPPED, None)


async def test_a_reset_is_for_the_room_or_for_the_thread(bot: CommandedBot):
    resets = bot.instance.store.resets
    assert "this thread" in await bot.hears("!llm reset", thread="$root")
    assert await resets.since(ROOM, "$root") > 0
    assert await resets.since(ROOM, "") == 0
    assert "this room" in await bot.hears("!llm reset")
    assert await resets.since(ROOM, "") > 0


async def test_a_reset_from_the_future_is_one_of_now(bot: CommandedBot):
    future = int(time.time() * 1000) + 10**9
    await bot.hears("!llm reset", origin_server_ts=future)
    assert await bot.instance.store.resets.since(ROOM, "") <= time.time() * 1000


async def test_askers_moderators_and_admins_may_steer_an_answer(bot: CommandedBot):
    allowed = [
        await may_steer(bot.instance, one, ALICE, ROOM) for one in (ALICE, MODERATOR, ADMIN)
    ]
    assert allowed == [True, True, True]
    assert not await may_steer(bot.instance, BOB, ALICE, ROOM)


async def test_nobody_has_power_that_the_server_does_not_tell(bot: CommandedBot):
    bot.town.power = None
    assert not await may_steer(bot.instance, MODERATOR, ALICE, ROOM)
    assert await may_steer(bot.instance, ALICE, ALICE, ROOM)


async def test_three_hundred_commands_are_no_three_hundred_events(bot: CommandedBot):
    said = [await bot.hears("!llm help") for _ in range(300)]
    replies = [one for one in said if one]
    assert 10 <= len(replies) < 20
    assert PAUSE in replies[-1]
    assert not any(PAUSE in one for one in replies[:9])
    assert await bot.hears("!llm", by=MODERATOR)


async def test_an_answer_can_be_stopped_however_much_was_said(bot: CommandedBot):
    for _ in range(30):
        await bot.hears("!llm")
    answer = bot.writes(ALICE)
    assert await bot.hears("!llm stop") == ""
    assert answer.ending is STOPPED
