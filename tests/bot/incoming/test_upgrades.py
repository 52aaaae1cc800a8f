"""A room that takes the place of another has what was set there; one that only says so has not."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from llmstream.bot.store import Spending

from ..commands.commanding import ALICE, CONFIG, MODERATOR, ROOM
from .hearing import Hearing

NEW = "!new:here"
SET = f"""\
rooms:
    # They asked for it in May.
    "{ROOM}": {{trigger: all, history_messages: 3}}  # both
    # Another.
    '!third:here': {{thread: always}}
"""


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Hearing]:
    async with Hearing.laid_in(tmp_path, CONFIG + SET) as hearing:
        yield hearing


def says(room: Hearing, *, by: str = MODERATOR, old: str = ROOM, new: str = NEW) -> None:
    """What the homeserver has of both rooms: each names the other."""
    town = room.bot.town
    town.state_events[old, "m.room.tombstone"] = {
        "sender": by,
        "content": {"body": "moved", "replacement_room": new},
    }
    town.state_events[new, "m.room.create"] = {
        "sender": by,
        "content": {"room_version": "10", "predecessor": {"room_id": old}},
    }


async def comes_in(room: Hearing, where: str = NEW) -> None:
    me = room.bot.instance.client.mxid
    await room.hears(me, {"membership": "join"}, "m.room.member", state_key=me, room_id=where)


def settings(room: Hearing) -> dict[str, dict[str, object]]:
    rooms = room.bot.instance.configuration.current.rooms
    return {room_id: dict(own) for room_id, own in rooms.items()}


BEFORE = {ROOM: {"trigger": "all", "history_messages": 3}, "!third:here": {"thread": "always"}}
AFTER = {NEW: BEFORE[ROOM], "!third:here": BEFORE["!third:here"]}


async def test_the_bot_follows_a_tombstone_and_the_settings_follow_with_their_comments(
    room: Hearing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    says(room)
    tombstone = {"body": "moved", "replacement_room": NEW}
    await room.hears(MODERATOR, tombstone, "m.room.tombstone", state_key="")
    joins = [each for each in room.bot.town.events if each.type == "m.room.member"]
    assert [each.room_id for each in joins] == [NEW]
    await comes_in(room)
    assert settings(room) == AFTER
    assert SET.replace(ROOM, NEW) in room.bot.stored.text
    assert f"{NEW} takes the place of {ROOM}, as {MODERATOR} has decided" in caplog.text


async def test_what_was_used_and_where_the_conversation_began_go_along(room: Hearing) -> None:
    says(room)
    store, now = room.bot.instance.store, time.time()
    await store.usage.reserve(Spending("1", ROOM, ALICE, "demo", "demo", 10, 20, now))
    await store.resets.reset(ROOM, "", 77)
    await room.bot.instance.direct_chats.mark(ROOM, ALICE)
    await comes_in(room)
    assert (await store.usage.total(now - 1, room_id=NEW)).tokens == 30
    assert (await store.usage.total(now - 1, room_id=ROOM)).tokens == 0
    assert await store.resets.since(NEW, "") == 77
    assert NEW in room.bot.town.account_data["m.direct"][ALICE]


@pytest.mark.parametrize(
    "lie",
    [
        {"by": ALICE},  # has no power there
        {"old": "!third:here", "new": "!elsewhere:here"},  # so that this room says nothing
    ],
)
async def test_a_room_that_only_says_so_gets_nothing(room: Hearing, lie: dict[str, str]) -> None:
    says(room, **lie)
    room.bot.town.state_events[NEW, "m.room.create"] = {
        "sender": ALICE,
        "content": {"room_version": "10", "predecessor": {"room_id": ROOM}},
    }
    await comes_in(room)
    assert settings(room) == BEFORE


async def test_a_tombstone_alone_takes_nothing_to_a_room_that_does_not_know_of_it(
    room: Hearing,
) -> None:
    says(room)
    del room.bot.town.state_events[NEW, "m.room.create"]
    await comes_in(room)
    assert settings(room) == BEFORE


async def test_a_message_that_calls_itself_a_tombstone_is_none(room: Hearing) -> None:
    await room.hears(ALICE, {"replacement_room": NEW}, "m.room.tombstone")
    await room.hears(ALICE, {"replacement_room": NEW}, "m.room.tombstone", state_key="")
    assert not room.bot.town.events


async def test_settings_of_the_new_room_stay(room: Hearing) -> None:
    says(room)
    await room.bot.instance.configuration.set_room(NEW, "trigger", "command")
    await comes_in(room)
    assert settings(room) == {**BEFORE, NEW: {"trigger": "command"}}


@pytest.mark.parametrize(
    "created",
    [{"predecessor": "!room:here"}, {"predecessor": {"room_id": 3}}, {"predecessor": None}],
)
async def test_a_room_may_begin_with_any_shape(room: Hearing, created: dict[str, object]) -> None:
    says(room)
    room.bot.town.state_events[NEW, "m.room.create"] = {"sender": ALICE, "content": created}
    await comes_in(room)
    assert settings(room) == BEFORE


async def test_a_chain_of_upgrades_without_end_is_not_followed_to_its_end(room: Hearing) -> None:
    """Somebody has made a thousand rooms, each in the place of the one before."""
    rooms = [ROOM, *(f"!next{number}:here" for number in range(30))]
    for old, new in pairwise(rooms):
        says(room, old=old, new=new)
        tombstone = {"body": "moved", "replacement_room": new}
        await room.hears(MODERATOR, tombstone, "m.room.tombstone", state_key="", room_id=old)
        if not any(each.room_id == new for each in room.bot.town.events):
            break
    joins = [each for each in room.bot.town.events if each.type == "m.room.member"]
    assert len(joins) == 10


async def test_two_rooms_that_take_each_others_place_end_in_peace(room: Hearing) -> None:
    says(room, old=ROOM, new=NEW)
    says(room, old=NEW, new=ROOM)
    for _ in range(10):
        for old in (ROOM, NEW):
            await room.hears(MODERATOR, {}, "m.room.tombstone", state_key="", room_id=old)
            await comes_in(room, old)
    joins = [each.room_id for each in room.bot.town.events if each.type == "m.room.member"]
    assert len(joins) <= 10
    assert sum(one in settings(room) for one in (ROOM, NEW)) == 1
