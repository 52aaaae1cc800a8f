"""Who is in a room is read once, and then heard."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmstream.bot.room.people import OLD_AFTER, People

from ...faults import Answer
from ...virtual_time import run_virtual
from ..commands.commanding import ADMIN, ALICE, MODERATOR, ROOM, Town


class Counting(Town):
    """Counts who asks for the members, and can hold its answer back."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.begun = asyncio.Event()
        self.held: asyncio.Event | None = None

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> Answer:
        answer = await super().answer(user_id, method, path, body)
        if path.endswith("joined_members"):
            self.asked += 1
            self.begun.set()
            if self.held:
                await self.held.wait()
        return answer


async def test_changes_are_heard_and_the_list_is_not_read_again() -> None:
    town = Counting()
    people = People(town.client())
    await people.joined(ROOM)
    for number in range(1000):
        people.changed(ROOM, f"@new{number}:here", f"New {number}")
    people.changed(ROOM, ALICE, "Alice B.")
    people.changed(ROOM, MODERATOR, None)
    members = await people.joined(ROOM)
    assert town.asked == 1
    assert len(members) == 3 + 1000
    assert members[ALICE] == "Alice B."
    assert MODERATOR not in members


async def test_rooms_where_nobody_asks_are_not_read() -> None:
    town = Counting()
    people = People(town.client())
    people.changed(ROOM, ALICE, "Alice")
    assert town.asked == 0
    assert ADMIN in await people.joined(ROOM)


async def test_a_change_that_comes_while_the_list_is_read_holds() -> None:
    town = Counting()
    town.held = asyncio.Event()
    people = People(town.client())
    reading = [asyncio.create_task(people.joined(ROOM)) for _ in range(3)]
    await town.begun.wait()
    people.changed(ROOM, ALICE, None)
    town.held.set()
    assert not [members for members in await asyncio.gather(*reading) if ALICE in members]
    assert town.asked == 1


def test_what_is_old_is_read_again() -> None:
    async def scenario() -> None:
        town = Counting()
        people = People(town.client())
        await people.joined(ROOM)
        town.members[ADMIN] = "Admin"
        await asyncio.sleep(OLD_AFTER + 1)
        assert (await people.joined(ROOM))[ADMIN] == "Admin"
        assert town.asked == 2

    run_virtual(scenario())


@pytest.mark.parametrize(
    ("level", "power"),
    [
        (50, 50),
        ("50", 50),
        (" -1", -1),
        (None, 0),
        ([], 0),
        ("x", 0),
        (1.5, 0),
        ({}, 0),
        ("--5", 0),
        ("9" * 5000, 0),
        (True, 0),
    ],
)
async def test_a_power_level_of_any_shape_is_a_number(level: Any, power: int) -> None:
    town = Town()
    town.power = {ALICE: level}
    assert await People(town.client()).power(ROOM, ALICE) == power
