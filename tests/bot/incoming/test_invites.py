"""Invites as maubot gives them out: what is kept of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ..commands.commanding import ADMIN, ALICE, CONFIG, ROOM
from ..room.rooms import said
from .hearing import Hearing

NEW = "!new:here"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Hearing]:
    config = CONFIG.replace("access:", 'access:\n    users: ["@alice:here"]')
    async with Hearing.laid_in(tmp_path, config) as hearing:
        yield hearing


async def invited(
    room: Hearing,
    sender: str,
    room_id: str = NEW,
    *,
    with_state: Sequence[dict[str, Any]] = (),
    **content: Any,
) -> None:
    member = {
        "type": "m.room.member",
        "sender": sender,
        "state_key": room.bot.instance.client.mxid,
        "content": {"membership": "invite", **content},
    }
    state = {"invite_state": {"events": [*with_state, member]}}
    await room.syncs({"rooms": {"invite": {room_id: state}}})


def is_own(membership: str, me: str) -> dict[str, Any]:
    return {
        "type": "m.room.member",
        "event_id": f"${membership}",
        "sender": ALICE,
        "state_key": me,
        "origin_server_ts": 1000,
        "content": {"membership": membership},
    }


def left(room_id: str, event: dict[str, Any]) -> dict[str, Any]:
    return {"rooms": {"leave": {room_id: {"timeline": {"events": [event]}}}}}


async def test_an_invite_to_a_direct_chat_is_kept_until_we_leave(room: Hearing) -> None:
    await invited(room, ALICE, is_direct=True)
    assert room.bot.town.account_data["m.direct"] == {ALICE: [NEW]}
    await room.syncs(left(NEW, is_own("leave", room.bot.town.bot)))
    assert room.bot.town.account_data["m.direct"] == {}


@pytest.mark.parametrize(
    ("sender", "content"),
    [(ALICE, {}), (ALICE, {"is_direct": "yes"}), ("@bob:here", {"is_direct": True})],
)
async def test_no_other_invite_is(room: Hearing, sender: str, content: dict[str, Any]) -> None:
    await invited(room, sender, **content)
    assert "m.direct" not in room.bot.town.account_data


V12 = "!OTcJEIMSCWf8K6pOmW5Oq0vHxnVJYRRF83OQPvKkOYA"


@pytest.mark.parametrize(
    ("glob", "created_by", "stays"),
    [
        ("!*:here", "@founder:here", True),
        ("!*:here", "@founder:elsewhere", False),
        ("!*:here", "", True),  # then the inviter's server stands for it
        ("*:elsewhere", "", False),
        (V12, "@founder:elsewhere", True),
    ],
)
async def test_a_room_whose_id_has_no_server_has_that_of_who_made_it(
    tmp_path: Path, glob: str, created_by: str, stays: bool
) -> None:
    config = CONFIG.replace("access:", f'access:\n    rooms: ["{glob}"]')
    create = {"type": "m.room.create", "state_key": "", "sender": created_by, "content": {}}
    async with Hearing.laid_in(tmp_path, config) as room:
        await invited(room, ALICE, V12, with_state=[create] if created_by else [])
        joined = {each.room_id for each in room.bot.town.events}
        assert joined == ({V12} if stays else set())


async def test_who_really_made_it_counts_once_we_are_in(tmp_path: Path) -> None:
    config = CONFIG.replace("access:", 'access:\n    rooms: ["!*:here"]')
    async with Hearing.laid_in(tmp_path, config) as room:
        town = room.bot.town
        town.state_events[V12, "m.room.create"] = {"sender": "@eve:elsewhere", "content": {}}
        await invited(room, ALICE, V12)
        await room.hears(
            town.bot, {"membership": "join"}, "m.room.member", state_key=town.bot, room_id=V12
        )
        assert town.left == [V12]


async def test_an_invite_of_nobody_is_not_followed(tmp_path: Path) -> None:
    async with Hearing.laid_in(tmp_path) as room:
        await invited(room, "")
        assert room.bot.town.events == []


async def test_that_we_had_left_before_takes_nothing_from_the_room_that_we_are_in_again(
    tmp_path: Path,
) -> None:
    async with Hearing.laid_in(tmp_path) as room:
        town, instance = room.bot.town, room.bot.instance
        await instance.direct_chats.mark(ROOM, ALICE)
        await room.hears(ADMIN, said("!llm set trigger all"))
        past = [is_own(membership, town.bot) for membership in ("leave", "join")]
        await room.syncs({"rooms": {"join": {ROOM: {"timeline": {"events": past}}}}})
        assert town.account_data["m.direct"] == {ALICE: [ROOM]}
        assert instance.configuration.current.for_room(ROOM).trigger == "all"
        await room.syncs(left(ROOM, is_own("leave", town.bot)))
        assert town.account_data["m.direct"] == {}
        assert instance.configuration.current.for_room(ROOM).trigger == "mention"
