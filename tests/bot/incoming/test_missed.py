"""What becomes of questions that were asked while nobody listened."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from llmstream.bot.incoming.last_heard import LastHeard
from llmstream.bot.incoming.missed import IN_ROOM, MISSED, catch_up
from llmstream.matrix.reading.raw import Raw

from ...homeserver import Stored
from ...virtual_time import virtual_time
from ..answering.left import is_asked, is_left, of_bot
from ..commands.commanding import ALICE, CONFIG, ROOM, CommandedBot

MINUTE = 60.0


def came(sync: Raw) -> None:
    """What else is made of it is test_passed_over.py's."""


class Absence:
    """A bot that comes back; `missed` is what was said meanwhile, `comes_back` the next start."""

    def __init__(self, bot: CommandedBot) -> None:
        self.bot = bot
        self._came: list[dict[str, Any]] = []

    async def missed(self, text: str = "!ask why?", *, ago: float = 60.0, **keys: Any) -> str:
        """Alice has said this so many seconds ago. The event's id."""
        event_id = keys.pop("event_id", "") or await is_asked(self.bot, text)
        self._came.append(
            {
                "type": "m.room.message",
                "event_id": event_id,
                "sender": ALICE,
                "origin_server_ts": int((time.time() - ago) * 1000),
                "content": {"msgtype": "m.text", "body": text, **keys.pop("content", {})},
                **keys,
            }
        )
        return event_id

    async def comes_back(self, room_id: str = ROOM) -> None:
        bot = self.bot
        bot.town.came = {room_id: {"timeline": {"events": self._came}}}
        await bot.instance.store.heard.save(str(bot.instance.client.mxid), "mark")
        await catch_up(bot.instance, LastHeard(bot.instance), came)

    @property
    def told(self) -> list[Stored]:
        return [one for one in of_bot(self.bot) if self.bot.town.shown(one.event_id) == MISSED]

    def is_answered(self, question_id: str) -> bool:
        return bool(self.bot.instance.running.of_question(ROOM, question_id))


@pytest.fixture(params=["tell"])
async def absence(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Absence]:
    config = f"{CONFIG}defaults: {{provider: home, missed_questions: {request.param}}}\n"
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        yield Absence(bot)


answering = pytest.mark.parametrize("absence", ["answer"], indirect=True)


async def test_it_is_told_once_in_reply_and_can_be_answered_from_there(absence: Absence):
    asked = await absence.missed()
    await absence.comes_back()
    await absence.comes_back()
    [told] = absence.told
    assert told.content["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}
    kept = await absence.bot.instance.store.answers.by_event(ROOM, told.event_id)
    assert kept is not None
    assert (kept.question_id, kept.text, kept.status) == (asked, "", "interrupted")


async def test_it_is_told_once_by_however_many_instances_of_the_account(absence: Absence):
    await absence.missed()
    await absence.comes_back()
    await absence.bot.instance.store.answers.delete(absence.told[0].event_id)
    await absence.comes_back()  # the other has a database of its own
    assert len(absence.told) == 1


@answering
async def test_it_is_answered_where_that_is_wanted(absence: Absence):
    asked = await absence.missed()
    old = await absence.missed("!ask and before?", ago=11 * MINUTE)
    await absence.comes_back()
    assert absence.is_answered(asked)
    assert not absence.is_answered(old)
    [told] = absence.told
    assert told.content["m.relates_to"]["m.in_reply_to"]["event_id"] == old


@pytest.mark.parametrize("absence", ["ignore"], indirect=True)
async def test_it_is_left_where_that_is_wanted(absence: Absence):
    await absence.missed()
    await absence.comes_back()
    assert of_bot(absence.bot) == []


@pytest.mark.parametrize(
    "keys",
    [
        {"ago": 8 * 24 * 60 * MINUTE},
        {"content": {"msgtype": "m.notice"}},
        {"text": "good morning all"},
        {"text": "!llm status"},
        {"sender": "@stranger:there"},
        {"content": {"body": None}},
    ],
    ids=["old", "notice", "no question", "command", "no access", "no message"],
)
async def test_what_is_no_question_for_us_is_left(tmp_path: Path, keys: dict[str, Any]):
    config = f"{CONFIG}    users: ['@*:here']\ndefaults: {{missed_questions: tell}}\n"
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        absence = Absence(bot)
        await absence.missed(keys.pop("text", "!ask why?"), **keys)
        await absence.comes_back()
        assert of_bot(bot) == []


async def test_what_the_room_has_an_answer_to_is_left(absence: Absence):
    in_reply = await absence.missed()
    in_thread = await absence.missed("!ask and now?")
    client: Any = absence.bot.instance.client
    for relation in (
        {"m.in_reply_to": {"event_id": in_reply}},
        {"rel_type": "m.thread", "event_id": in_thread},
    ):
        content = {"msgtype": "m.text", "body": "Because.", "m.relates_to": relation}
        await client.send_message_event(ROOM, "m.room.message", content)
    await absence.comes_back()
    assert absence.told == []


async def test_what_is_on_its_way_is_left(absence: Absence):
    asked = await absence.missed()
    await is_left(absence.bot, asked)
    await absence.comes_back()
    assert absence.told == []


async def test_what_was_asked_before_we_came_is_left(absence: Absence):
    await absence.missed(ago=2 * MINUTE)
    absence.bot.town.state_events[ROOM, "m.room.member"] = {
        "origin_server_ts": int((time.time() - MINUTE) * 1000)
    }
    await absence.comes_back()
    assert absence.told == []


@pytest.mark.parametrize("was", ["join", "leave"])
async def test_what_counts_is_that_we_were_there_not_since_when_we_are_called_so(
    absence: Absence, was: str
):
    await absence.missed(ago=2 * MINUTE)
    absence.bot.town.was = was
    absence.bot.town.state_events[ROOM, "m.room.member"] = {
        "origin_server_ts": int((time.time() - MINUTE) * 1000)
    }
    await absence.comes_back()
    assert len(absence.told) == int(was == "join")


async def test_the_newest_of_a_room_are_told(absence: Absence):
    asked = [
        await absence.missed(f"!ask number {number}?", ago=20 - number) for number in range(6)
    ]
    await absence.comes_back()
    to = [one.content["m.relates_to"]["m.in_reply_to"]["event_id"] for one in absence.told]
    assert to == asked[-IN_ROOM:]


async def test_what_was_taken_back_or_changed_meanwhile_counts_as_it_stands(absence: Absence):
    removed = await absence.missed(ago=9)
    edited = await absence.missed("!ask whi?", ago=8)
    await absence.missed(
        "* !ask why?",
        ago=7,
        event_id="$edit",
        content={
            "m.new_content": {"msgtype": "m.text", "body": "!ask why?"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": edited},
        },
    )
    await absence.missed(
        ago=6,
        event_id="$redaction",
        type="m.room.redaction",
        redacts=removed,
        content={"redacts": removed},
    )
    await absence.comes_back()
    [told] = absence.told
    assert told.content["m.relates_to"]["m.in_reply_to"]["event_id"] == edited


def test_a_server_that_is_away_for_an_hour_is_asked_again(tmp_path: Path):
    @virtual_time
    async def scene() -> None:
        async with CommandedBot.laid_in(tmp_path) as bot:
            absence = Absence(bot)
            await absence.missed()
            bot.town.says_nothing = True
            coming = asyncio.create_task(absence.comes_back())
            await asyncio.sleep(3600)
            bot.town.says_nothing = False
            await coming
            assert len(absence.told) == 1

    scene()


async def test_two_starts_within_a_minute_each_ask_for_what_came(absence: Absence):
    await absence.comes_back()
    await absence.missed()
    await absence.comes_back()
    assert len(absence.told) == 1


async def test_the_next_start_sees_to_what_this_one_could_not(absence: Absence):
    bot = absence.bot
    asked = await absence.missed()
    bot.town.came = {ROOM: {"timeline": {"events": absence._came}}}
    await bot.instance.store.heard.save(str(bot.instance.client.mxid), "mark")
    mark = LastHeard(bot.instance)
    database = bot.instance.store.answers._database
    await database.execute("ALTER TABLE open_answers RENAME TO away")
    await catch_up(bot.instance, mark, came)
    assert not mark._may_save
    await database.execute("ALTER TABLE away RENAME TO open_answers")
    await catch_up(bot.instance, mark, came)
    assert mark._may_save
    [told] = absence.told
    assert told.content["m.relates_to"]["m.in_reply_to"]["event_id"] == asked


async def test_a_new_instance_asks_for_nothing(absence: Absence):
    await absence.missed()
    await catch_up(absence.bot.instance, LastHeard(absence.bot.instance), came)
    assert absence.bot.town.syncs == {}
    assert of_bot(absence.bot) == []


@virtual_time
async def _after_trouble(folder: Path) -> None:
    config = f"{CONFIG}defaults: {{provider: home, missed_questions: tell}}\n"
    async with CommandedBot.laid_in(folder, config) as bot:
        absence = Absence(bot)
        await absence.missed()
        bot.town.says_nothing = True
        asyncio.get_running_loop().call_later(60, setattr, bot.town, "says_nothing", False)
        await absence.comes_back()
        assert len(absence.told) == 1


def test_a_homeserver_that_fails_at_the_start_is_asked_until_it_is_well(tmp_path: Path):
    _after_trouble(tmp_path)
