"""Few pages at once."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from llmstream.bot.tools.fetch_queue import PATIENCE, FetchQueue
from llmstream.bot.tools.tool import ToolError
from tests.virtual_time import virtual_time


@virtual_time
async def test_few_pages_are_read_at_once_and_fewer_of_one_host() -> None:
    queue, now = FetchQueue(at_once=5, of_a_host=2), Counter[str]()
    most, most_of_one = 0, 0

    async def read(host: str) -> None:
        nonlocal most, most_of_one
        async with asyncio.timeout(15) as clock, queue.turn(host, clock):
            now[host] += 1
            most, most_of_one = max(most, now.total()), max(most_of_one, *now.values())
            await asyncio.sleep(1)
            now[host] -= 1

    await asyncio.gather(*(read(host) for host in "aaaaaaaaaabbbbccd"))
    assert (most, most_of_one) == (5, 2)


@virtual_time
async def test_who_waits_for_a_turn_has_all_of_the_time_when_it_comes() -> None:
    queue, loop = FetchQueue(of_a_host=1), asyncio.get_running_loop()

    async def read(seconds: float) -> None:
        async with asyncio.timeout(15) as clock, queue.turn("a", clock):
            await asyncio.sleep(seconds)

    slow = [asyncio.create_task(read(14)) for _ in range(3)]
    await asyncio.gather(*slow)
    assert loop.time() == 42
    with pytest.raises(TimeoutError):
        await read(16)


@virtual_time
async def test_a_turn_that_does_not_come_is_given_up_and_given_to_others() -> None:
    queue = FetchQueue(of_a_host=1)
    free = asyncio.Event()

    async def hold() -> None:
        async with asyncio.timeout(None) as clock, queue.turn("a", clock):
            await free.wait()

    async def read() -> None:
        async with asyncio.timeout(15) as clock, queue.turn("a", clock):
            pass

    holding = asyncio.create_task(hold())
    await asyncio.sleep(0)
    with pytest.raises(ToolError, match="Too many pages are being read"):
        await read()
    assert asyncio.get_running_loop().time() == PATIENCE
    cancelled, patient = asyncio.create_task(read()), asyncio.create_task(read())
    await asyncio.sleep(1)
    cancelled.cancel()
    free.set()
    await asyncio.gather(holding, patient)
