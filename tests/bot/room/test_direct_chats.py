"""Which rooms are direct chats, by how they were made, what they are called, and who is there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmstream.bot.room.direct_chats import DirectChats

from ...virtual_time import virtual_time
from ..commands.commanding import ALICE, ROOM, Town

OTHER = "!other:here"


async def test_two_people_in_a_room_without_a_name_are_in_a_direct_chat() -> None:
    town = Town()
    chats = DirectChats(town.client())
    town.names[OTHER] = "Project X"
    assert await chats.is_one(ROOM, 2, "auto")
    assert not await chats.is_one(OTHER, 2, "auto")
    assert not await chats.is_one(ROOM, 3, "auto")
    assert not await chats.is_one(ROOM, 0, "auto")


async def test_a_room_that_was_made_as_one_may_have_a_name_also_after_a_restart() -> None:
    town = Town()
    town.names[ROOM] = town.names[OTHER] = "Alice and the bot"
    await DirectChats(town.client()).mark(ROOM, ALICE)
    chats = DirectChats(town.client())
    assert await chats.is_one(ROOM, 2, "auto")
    assert not await chats.is_one(OTHER, 2, "auto")


async def test_a_third_person_makes_a_group_of_it_whoever_marked_it() -> None:
    chats = DirectChats(Town().client())
    await chats.mark(ROOM, ALICE)
    assert not await chats.is_one(ROOM, 3, "auto")
    assert not await chats.is_one(ROOM, 3, "two")


async def test_an_admin_says_otherwise() -> None:
    town = Town()
    town.names[ROOM] = "Project X"
    chats = DirectChats(town.client())
    assert await chats.is_one(ROOM, 2, "two")
    assert not await chats.is_one(OTHER, 2, "never")


async def test_a_name_that_is_given_or_taken_away_counts_at_once() -> None:
    town = Town()
    chats = DirectChats(town.client())
    assert await chats.is_one(ROOM, 2, "auto")
    town.names[ROOM] = "Project X"
    chats.renamed(ROOM)
    assert not await chats.is_one(ROOM, 2, "auto")
    del town.names[ROOM]
    chats.renamed(ROOM)
    assert await chats.is_one(ROOM, 2, "auto")


async def test_marks_of_other_clients_stay_and_are_heard() -> None:
    town = Town()
    town.account_data["m.direct"] = {"@bob:here": ["!bobs:here"]}
    town.names[ROOM] = town.names["!bobs:here"] = "Named"
    chats = DirectChats(town.client())
    await chats.mark(ROOM, ALICE)
    await chats.mark(ROOM, ALICE)
    assert town.account_data["m.direct"] == {"@bob:here": ["!bobs:here"], ALICE: [ROOM]}
    await chats.unmark("!bobs:here")
    assert town.account_data["m.direct"] == {ALICE: [ROOM]}
    chats.told({})
    assert not await chats.is_one(ROOM, 2, "auto")


@pytest.mark.parametrize(
    "written",
    [{ALICE: "!room:here"}, {ALICE: [None, {}, 3]}, {ALICE: {ROOM: True}}, {"": [[ROOM]]}],
)
async def test_account_data_may_have_any_shape(written: dict[str, Any]) -> None:
    town = Town()
    town.account_data["m.direct"] = written
    town.names[ROOM] = "Named"
    chats = DirectChats(town.client())
    assert not await chats.is_one(ROOM, 2, "auto")
    await chats.mark(ROOM, ALICE)
    assert await chats.is_one(ROOM, 2, "auto")


@pytest.mark.usefixtures("at_once")
async def test_while_the_server_does_not_say_it_is_none_and_then_it_is() -> None:
    town = Town()
    chats = DirectChats(town.client())
    town.says_nothing = True
    assert not await chats.is_one(ROOM, 2, "auto")
    town.says_nothing = False
    assert await chats.is_one(ROOM, 2, "auto")


@pytest.mark.usefixtures("at_once")
@virtual_time
async def test_what_was_known_of_it_holds_while_the_server_does_not_say() -> None:
    town = Town()
    chats = DirectChats(town.client())
    assert await chats.is_one(ROOM, 2, "auto")
    await asyncio.sleep(3600)
    town.says_nothing = True
    assert await chats.is_one(ROOM, 2, "auto")
