"""A known limit that may have been lifted since: how soon that is seen, and at what cost."""

from __future__ import annotations

import asyncio
from itertools import pairwise, repeat

import pytest

from llmstream.matrix.sending.budget import Learned
from llmstream.matrix.sending.scheduler import Scheduler
from tests.homeserver import Homeserver, Limiter
from tests.virtual_time import virtual_time

from .writing import LONG, SYNAPSE, Remembered, Text, assert_delivered

pytestmark = pytest.mark.slow

SHORT = tuple(repeat(0.01, 600))


@virtual_time
async def test_a_limit_that_was_lifted_is_forgotten_within_ten_minutes_of_short_answers() -> None:
    homeserver, store = Homeserver(), Remembered(SYNAPSE)
    scheduler = Scheduler.of(homeserver.client(), store)
    for number in range(16):
        await Text(scheduler, f"!room{number}:example.org").write(SHORT, start=30)
        if scheduler.counters.rate is None:
            break
    assert asyncio.get_running_loop().time() < 600
    assert scheduler.counters.rate is None
    assert store.saves[-1:] == [None]


@virtual_time
async def test_a_limit_that_was_lifted_is_forgotten_after_a_pause() -> None:
    homeserver, store = Homeserver(), Remembered(SYNAPSE)
    scheduler = Scheduler.of(homeserver.client(), store)
    await Text(scheduler).write(LONG)
    await asyncio.sleep(7200)
    await Text(scheduler, "!later:example.org").write(LONG)
    assert scheduler.counters.rate is None
    assert store.saves[-1:] == [None]


@virtual_time
async def test_a_limit_that_still_holds_is_tested_at_no_cost_for_the_final() -> None:
    homeserver = Homeserver(Limiter)
    scheduler = Scheduler.of(homeserver.client(), Remembered(SYNAPSE))
    await asyncio.sleep(7200)
    text = Text(scheduler)
    await text.write(LONG)
    assert_delivered(homeserver, text)
    assert homeserver.refusals <= 1
    assert text.delay < 0.1


@virtual_time
@pytest.mark.parametrize("seconds", [8, 12, 20, 60])
async def test_a_test_of_a_limit_that_still_holds_is_no_stall(seconds: int) -> None:
    homeserver = Homeserver(Limiter)
    scheduler = Scheduler.of(homeserver.client(), Remembered(Learned(0.2, 10.0, 0.0)))
    text = Text(scheduler)
    await text.write(repeat(0.01, 100 * seconds))
    assert max(b.at - a.at for a, b in pairwise(homeserver.events)) < 5.02
    assert homeserver.refusals <= 1
    assert text.delay < 0.1


@virtual_time
async def test_a_limit_that_holds_is_tested_thrice_in_its_first_hour_and_then_hourly() -> None:
    homeserver = Homeserver(Limiter)
    scheduler = Scheduler.of(homeserver.client(), Remembered(SYNAPSE))
    clock = asyncio.get_running_loop().time
    refused = []
    for hour in range(1, 4):
        while clock() < hour * 3600:
            text = Text(scheduler)
            await text.write(LONG, start=90)
            assert text.delay < 0.1
        refused.append(homeserver.refusals)
    assert refused[0] <= 3
    assert refused[2] - refused[1] <= 1


@virtual_time
async def test_an_admin_who_has_it_lifted_can_have_it_forgotten_at_once() -> None:
    homeserver, store = Homeserver(), Remembered(SYNAPSE)
    scheduler = Scheduler.of(homeserver.client(), store)
    text = Text(scheduler)
    writing = asyncio.create_task(text.write(LONG))
    await asyncio.sleep(10)
    await scheduler.forget_limit()
    await writing
    assert scheduler.counters.rate is None
    assert store.learned is None
    assert text.lane.edits >= 30


@virtual_time
async def test_what_was_remembered_and_not_yet_read_is_forgotten_too() -> None:
    store = Remembered(SYNAPSE)
    scheduler = Scheduler.of(Homeserver().client(), store)
    await scheduler.forget_limit()
    assert store.learned is None
    await Text(scheduler).write(SHORT)
    assert scheduler.counters.rate is None
