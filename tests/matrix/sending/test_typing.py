"""Typing begins, lasts and ends."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from llmstream.matrix.sending.typing import Typing
from llmstream.post import post
from tests.homeserver import Homeserver
from tests.limiter import Limiter
from tests.posting import words
from tests.virtual_time import virtual_time

from .writing import SYNAPSE, Remembered

ROOM = "!room:example.org"


def shown(homeserver: Homeserver) -> list[bool]:
    return [on for _, _, on in homeserver.typing]


@virtual_time
async def test_typing_lasts_as_long_as_the_work_and_is_renewed() -> None:
    homeserver = Homeserver()
    async with Typing(homeserver.client(), ROOM):
        await asyncio.sleep(90)
    times = [at for at, _, _ in homeserver.typing]
    assert times == pytest.approx([0, 20, 40, 60, 80, 90], abs=0.1)
    assert shown(homeserver) == [True] * 5 + [False]


@virtual_time
async def test_typing_ends_when_the_work_fails() -> None:
    homeserver = Homeserver()

    async def work() -> None:
        async with Typing(homeserver.client(), ROOM):
            await asyncio.sleep(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await work()
    assert shown(homeserver) == [True, False]


@virtual_time
async def test_typing_ends_when_the_work_is_cancelled_twice() -> None:
    homeserver = Homeserver()

    async def work() -> None:
        async with Typing(homeserver.client(), ROOM):
            await asyncio.sleep(100)

    task = asyncio.create_task(work())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(1)
    assert shown(homeserver) == [True, False]


@virtual_time
async def test_two_answers_in_a_room_do_not_end_each_others_typing() -> None:
    homeserver = Homeserver()
    client = homeserver.client()
    async with Typing(client, ROOM):
        async with Typing(client, ROOM):
            await asyncio.sleep(1)
        await asyncio.sleep(1)
        assert shown(homeserver) == [True]
    assert shown(homeserver) == [True, False]


@virtual_time
async def test_typing_begins_anew_for_the_next_answer() -> None:
    homeserver = Homeserver()
    client = homeserver.client()
    for _ in range(2):
        async with Typing(client, ROOM):
            await asyncio.sleep(1)
    async with Typing(client, "!other:example.org"):
        await asyncio.sleep(1)
    assert shown(homeserver) == [True, False] * 3


@virtual_time
async def test_a_server_that_knows_no_typing_disturbs_nobody() -> None:
    homeserver = Homeserver()
    homeserver.knows_typing = False
    async with Typing(homeserver.client(), ROOM):
        await asyncio.sleep(1)
    assert homeserver.typing == []


@virtual_time
async def test_nothing_runs_when_nobody_types() -> None:
    homeserver = Homeserver()
    async with Typing(homeserver.client(), ROOM):
        await asyncio.sleep(1)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@virtual_time
async def test_rooms_whose_answers_wait_for_the_limit_see_typing_until_they_are_there() -> None:
    homeserver = Homeserver(Limiter)
    client, remembered = homeserver.client(), Remembered(SYNAPSE)
    rooms = [f"!room{number}:example.org" for number in range(20)]
    await asyncio.gather(*(post(client, room, words(1500), budgets=remembered) for room in rooms))
    for room in rooms:
        *renewed, (ended, is_on) = [
            (at, on) for at, where, on in homeserver.typing if where == room
        ]
        (*_, final) = [event.at for event in homeserver.events if event.room_id == room]
        times = [at for at, _ in renewed]
        assert times[0] < 0.1
        assert all(on for _, on in renewed)
        assert not is_on
        assert ended >= final
        assert all(later - earlier < 30 for earlier, later in pairwise([*times, ended]))
