"""A new account on a homeserver whose limit another account has learned: a guess."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise, repeat

import pytest

from llmstream.matrix.sending.budget import Learned
from llmstream.matrix.sending.scheduler import Scheduler
from tests.homeserver import Homeserver
from tests.limiter import Limiter
from tests.virtual_time import virtual_time

from .writing import LONG, SYNAPSE, Remembered, Text, assert_delivered

pytestmark = pytest.mark.slow

GUESS = Learned(0.2, 10.0, SYNAPSE.learned_at, borrowed=True)


async def at_once(
    scheduler: Scheduler, number: int, seconds: int, *, apart: float = 0
) -> Sequence[Text]:
    """So many answers of so many seconds, begun so far apart."""
    texts = [Text(scheduler, f"!{n}:example.org") for n in range(number)]
    words = [0.01] * (100 * seconds)
    writing = (text.write(words, start=n * apart) for n, text in enumerate(texts))
    await asyncio.gather(*writing)
    return texts


def worst_gap(homeserver: Homeserver) -> float:
    return max(b.at - a.at for a, b in pairwise(homeserver.events))


@virtual_time
@pytest.mark.parametrize("size", [10, 30])
async def test_where_it_is_right_it_is_met_without_a_stall(size: int) -> None:
    rate = 0.2 if size == 10 else 0.5
    homeserver = Homeserver(lambda: Limiter(rate, size))
    store = Remembered(Learned(rate, size, 0.0, borrowed=True))
    scheduler = Scheduler.of(homeserver.client(), store)
    text = Text(scheduler, max_edits=0)
    await text.write(repeat(0.01, 7000))
    assert_delivered(homeserver, text)
    assert homeserver.refusals <= 1
    assert worst_gap(homeserver) < 5.02
    assert text.delay < 0.1
    assert store.learned
    assert not store.learned.borrowed
    assert scheduler.counters.rate == rate


@virtual_time
@pytest.mark.parametrize("seconds", [5, 10, 30])
async def test_where_it_is_right_the_ends_of_many_find_room(seconds: int) -> None:
    homeserver = Homeserver(Limiter)
    scheduler = Scheduler.of(homeserver.client(), Remembered(GUESS))
    texts = await at_once(scheduler, 5, seconds)
    assert max(text.delay for text in texts) < 0.1
    assert homeserver.refusals == 0


@virtual_time
async def test_where_it_is_wrong_one_answer_costs_no_more_than_on_an_unknown_server() -> None:
    homeserver, store = Homeserver(), Remembered(GUESS)
    scheduler = Scheduler.of(homeserver.client(), store)
    text = Text(scheduler)
    await text.write(LONG)
    assert worst_gap(homeserver) < 1.1
    assert text.lane.edits >= 38
    assert store.saves == [None]


@virtual_time
@pytest.mark.parametrize(("number", "apart"), [(2, 3), (3, 3), (5, 0), (10, 0), (20, 0)])
async def test_where_it_is_wrong_a_bot_that_is_hardly_alone_sees_so_with_its_first_answers(
    number: int, apart: float
) -> None:
    homeserver, store = Homeserver(), Remembered(GUESS)
    scheduler = Scheduler.of(homeserver.client(), store)
    texts = await at_once(scheduler, number, 30, apart=apart)
    assert max(text.delay for text in texts) < 0.3
    for text in await at_once(scheduler, number, 30):
        assert text.lane.edits > 25
    assert store.saves[-1:] == [None]


@virtual_time
async def test_where_it_is_too_small_the_account_learns_its_own() -> None:
    homeserver = Homeserver(lambda: Limiter(0.5, 30))
    scheduler = Scheduler.of(homeserver.client(), Remembered(GUESS))
    text = Text(scheduler, max_edits=0)
    await text.write(repeat(0.01, 9000))
    assert (scheduler.counters.rate, scheduler.counters.size) == (0.5, 30)
    assert worst_gap(homeserver) < 5.02


@virtual_time
async def test_until_it_was_seen_it_is_told_to_nobody() -> None:
    homeserver, store = Homeserver(Limiter), Remembered(GUESS)
    scheduler = Scheduler.of(homeserver.client(), store)
    await Text(scheduler).write([0.1] * 20)
    assert scheduler.counters.rate is None
    assert store.saves == []


@virtual_time
async def test_what_an_account_of_this_process_has_learned_is_the_guess_of_another() -> None:
    homeserver = Homeserver(Limiter)
    await Text(Scheduler.of(homeserver.client())).write(LONG)
    assert homeserver.refusals == 1
    scheduler = Scheduler.of(homeserver.client("@other:example.org"))
    texts = await at_once(scheduler, 5, 10)
    assert homeserver.refusals == 1
    assert max(text.delay for text in texts) < 0.1


@virtual_time
async def test_an_account_on_another_homeserver_guesses_nothing() -> None:
    await Text(Scheduler.of(Homeserver(Limiter).client())).write(LONG)
    texts = await at_once(Scheduler.of(Homeserver().client()), 5, 10)
    assert min(text.lane.edits for text in texts) > 15


@virtual_time
async def test_an_account_that_has_no_limit_is_given_no_other_ones() -> None:
    homeserver, none = Homeserver(Limiter), Remembered(Learned(0.0, 0.0, 1000.0))
    await Text(Scheduler.of(homeserver.client())).write(LONG)
    free = homeserver.limiter("@free:example.org")
    free.burst = 10_000
    texts = await at_once(Scheduler.of(homeserver.client("@free:example.org"), none), 5, 10)
    assert min(text.lane.edits for text in texts) > 15
