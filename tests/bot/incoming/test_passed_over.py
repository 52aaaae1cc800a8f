"""maubot gives out nothing of its first sync: what is heard of it all the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from mautrix.client import InternalEventType

from ..commands.commanding import ADMIN, ALICE, MODERATOR, ROOM
from .hearing import Hearing
from .test_upgrades import NEW, says

ELSEWHERE = "!elsewhere:here"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Hearing]:
    async with Hearing.laid_in(tmp_path) as hearing:
        hearing.bot.instance.client.ignore_first_sync = True
        yield hearing


async def first_sync(room: Hearing, rooms: Mapping[str, Any]) -> None:
    """It is over, and nobody but us has been told what was in it."""
    sync: Any = {"data": {"rooms": rooms, "net.maunium.mautrix": {"is_first": True}}}
    heard: Any = room.handlers.of_types[InternalEventType.SYNC_SUCCESSFUL]
    before = asyncio.all_tasks()
    await heard(sync)
    await room.all_done_since(before)


async def comes(room: Hearing, kind: str, content: Mapping[str, Any], **keys: Any) -> None:
    event = {
        "type": kind,
        "event_id": "$first",
        "sender": ALICE,
        "origin_server_ts": int(time.time() * 1000),
        "content": content,
        **keys,
    }
    await first_sync(room, {"join": {ROOM: {"timeline": {"events": [event]}}}})


def joined(room: Hearing) -> list[str]:
    return [one.room_id for one in room.bot.town.events if one.type == "m.room.member"]


async def test_an_invite_of_meanwhile_is_followed(room: Hearing) -> None:
    me = room.bot.instance.client.mxid
    invite = {"type": "m.room.member", "sender": ADMIN, "state_key": me}
    content = {"membership": "invite", "is_direct": True}
    state = {"events": [{"type": "m.room.name"}, 5, {**invite, "content": content}]}
    await first_sync(room, {"invite": {ELSEWHERE: {"invite_state": state}}})
    assert joined(room) == [ELSEWHERE]
    assert room.bot.town.account_data["m.direct"] == {ADMIN: [ELSEWHERE]}


async def test_an_upgrade_of_meanwhile_is_followed(room: Hearing) -> None:
    says(room)
    before = {"sender": MODERATOR, "origin_server_ts": 1000, "state_key": ""}
    await comes(room, "m.room.tombstone", {"replacement_room": NEW}, **before)
    assert joined(room) == [NEW]


async def test_who_comes_in_first_of_all_is_known(room: Hearing) -> None:
    await room.bot.instance.people.joined(ROOM)
    bob = {"membership": "join", "displayname": "Bob"}
    await comes(room, "m.room.member", bob, state_key="@bob:here")
    assert (await room.bot.instance.people.joined(ROOM))["@bob:here"] == "Bob"


async def test_the_first_reaction_of_all_stops_an_answer(room: Hearing) -> None:
    answer = room.bot.writes(ALICE)
    answer.messages.append("$answer")
    relation = {"rel_type": "m.annotation", "event_id": "$answer", "key": "⏹️"}
    await comes(room, "m.reaction", {"m.relates_to": relation})
    assert answer.ending is not None


@pytest.mark.parametrize("kind", ["m.direct", "m.room.tombstone", "m.room.member", "org.unknown"])
async def test_a_message_that_calls_itself_something_else_is_nothing(
    room: Hearing, kind: str
) -> None:
    says(room)
    room.bot.town.names[ROOM] = "Project X"
    marks = {ALICE: [ROOM], "replacement_room": NEW, "membership": "join"}
    await comes(room, kind, marks)
    assert joined(room) == []
    assert not await room.bot.instance.direct_chats.is_one(ROOM, 2, "auto")
