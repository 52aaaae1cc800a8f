from __future__ import annotations

import asyncio

from llmstream.bot.room.queue import Line

from ...virtual_time import run_virtual


class Person:
    """Somebody who takes a turn and keeps it until told to leave."""

    def __init__(self, line: Line, at_once: int) -> None:
        self.places: list[int] = []
        self.done = asyncio.Event()
        self.has_turn = False
        self.task = asyncio.create_task(self._take_turn(line, at_once))

    async def _take_turn(self, line: Line, at_once: int) -> None:
        async with line.turn(at_once, self.places.append):
            self.has_turn = True
            await self.done.wait()

    async def leave(self) -> None:
        self.done.set()
        await self.task
        await asyncio.sleep(0.1)


async def people(at_once: int, count: int) -> list[Person]:
    line = Line()
    came = [Person(line, at_once) for _ in range(count)]
    await asyncio.sleep(0.1)
    return came


def test_as_many_have_a_turn_as_may_and_the_others_know_their_place():
    async def scene() -> None:
        came = await people(2, 5)
        assert [person.has_turn for person in came] == [True, True, False, False, False]
        assert [person.places for person in came] == [[], [], [1], [2], [3]]

    run_virtual(scene())


def test_the_line_moves_in_order_and_says_so():
    async def scene() -> None:
        came = await people(1, 4)
        await came[0].leave()
        assert [person.has_turn for person in came] == [True, True, False, False]
        assert came[2].places == [2, 1]
        assert came[3].places == [3, 2]
        for person in came[1:]:
            await person.leave()
        assert all(person.has_turn for person in came)

    run_virtual(scene())


def test_zero_is_no_limit():
    async def scene() -> None:
        assert all(person.has_turn and not person.places for person in await people(0, 30))

    run_virtual(scene())


def test_who_leaves_the_line_makes_room_for_those_behind():
    async def scene() -> None:
        came = await people(1, 3)
        came[1].task.cancel()
        await asyncio.sleep(0.1)
        assert came[2].places == [2, 1]
        await came[0].leave()
        assert came[2].has_turn
        assert not came[1].has_turn

    run_virtual(scene())


def test_a_turn_that_comes_as_its_owner_goes_passes_to_the_next():
    async def scene() -> None:
        came = await people(1, 3)
        came[0].done.set()
        await asyncio.sleep(0)
        came[1].task.cancel()
        await asyncio.sleep(0.1)
        assert came[2].has_turn

    run_virtual(scene())


def test_a_failed_answer_gives_its_turn_back():
    async def scene() -> None:
        came = await people(1, 2)
        came[0].task.cancel()
        await asyncio.sleep(0.1)
        assert came[1].has_turn

    run_virtual(scene())


def test_a_long_line_is_told_sparingly():
    async def scene() -> None:
        came = await people(1, 41)
        for person in came[:-1]:
            await person.leave()
        assert came[-1].has_turn
        assert came[-1].places == [40, 20, 10, 5, 3, 2, 1]

    run_virtual(scene())
