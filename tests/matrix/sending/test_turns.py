"""Many answers under a small limit, where it is known how long such answers take."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from itertools import pairwise, repeat
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.matrix.sending.budget import Budget, Learned
from llmstream.matrix.sending.lengths import Lengths
from llmstream.matrix.sending.scheduler import Scheduler
from llmstream.matrix.sending.turns import Course, kept_back, turns
from tests.homeserver import Homeserver
from tests.limiter import Limiter
from tests.virtual_time import virtual_time

from .writing import SYNAPSE, Remembered, Text, assert_delivered, starts


async def at_once(
    lengths: Sequence[float], *, earlier: Sequence[float] = (30,) * 3
) -> tuple[float, float]:
    """Answers of so many seconds, after earlier ones: the worst gap, and how late an end came."""
    homeserver = Homeserver(lambda: Limiter(0.2, 10))
    learned = Learned(0.2, 10.0, SYNAPSE.learned_at, tuple(("", each) for each in earlier))
    scheduler = Scheduler.of(homeserver.client(), Remembered(learned))
    texts = [Text(scheduler, f"!{n}:example.org") for n in range(len(lengths))]
    writing = zip(texts, lengths, strict=True)
    await asyncio.gather(*(text.write(repeat(0.1, int(10 * each))) for text, each in writing))
    for text in texts:
        assert_delivered(homeserver, text)
    assert homeserver.refusals == 0
    seen = (pairwise([0.0, *starts(homeserver, text.room_id)]) for text in texts)
    return max(b - a for times in seen for a, b in times), max(text.delay for text in texts)


@virtual_time
@pytest.mark.parametrize(("number", "gap"), [(2, 8.1), (3, 12), (4, 15), (5, 15.2)])
async def test_all_show_something_new_in_the_middle(number: int, gap: float) -> None:
    seen, late = await at_once([30.0] * number)
    assert seen <= gap
    assert late < 0.1


@virtual_time
@pytest.mark.parametrize("number", range(6, 11))
async def test_no_end_is_late_however_many_there_are(number: int) -> None:
    _, late = await at_once([30.0] * number)
    assert late < 0.2


@virtual_time
async def test_without_earlier_answers_only_what_is_left_is_spent() -> None:
    gap, late = await at_once([30.0] * 5, earlier=())
    assert gap > 25
    assert late < 0.1


@virtual_time
@pytest.mark.parametrize(
    ("seconds", "gap", "late"), [(10, 10, 0.1), (20, 15.2, 5.2), (45, 30, 0.1), (120, 40, 0.1)]
)
async def test_a_wrong_expectation_costs_some_seconds(
    seconds: float, gap: float, late: float
) -> None:
    seen, waited = await at_once([seconds] * 5)
    assert seen <= gap
    assert waited <= late


@virtual_time
@pytest.mark.parametrize("seed", range(5))
async def test_answers_of_all_lengths_end_in_time(seed: int) -> None:
    random = Random(seed)
    earlier, lengths = ([random.uniform(3, 60) for _ in range(n)] for n in (20, 5))
    _, late = await at_once(lengths, earlier=earlier)
    assert late < 2


@virtual_time
async def test_what_an_answer_took_is_learned_for_those_of_its_model() -> None:
    homeserver = Homeserver(lambda: Limiter(0.2, 10))
    scheduler = Scheduler.of(homeserver.client(), Remembered(SYNAPSE))
    for n in range(3):
        await Text(scheduler, f"!{n}:x", kind="large", max_edits=1).write(repeat(1, 30))
    await asyncio.sleep(60)
    rooms = [f"!{kind}{n}:x" for kind in ("large", "small") for n in range(3)]
    texts = [Text(scheduler, room, kind=room[1:6]) for room in rooms]
    await asyncio.gather(*(text.write(repeat(0.1, 300)) for text in texts))
    assert [text.lane.edits for text in texts] == [2, 2, 2, 1, 1, 1]


def test_the_shortest_that_was_not_over_by_then_is_expected() -> None:
    lengths = Lengths()
    lengths.learn("small", 10)
    assert lengths.least("small", 0) == 0, "once is no rule"
    for seconds in (20, 30):
        lengths.learn("small", seconds)
    assert [lengths.least("small", age) for age in (0, 10, 19, 25, 30)] == [10, 10, 1, 5, 0]
    assert lengths.least("large", 0) == 0
    assert [lengths.expected("small", age) for age in (0, 10, 25, 30)] == [20, 15, 5, 0]
    assert lengths.expected("large", 0) == 0


def test_only_the_last_answers_of_the_last_models_are_known() -> None:
    lengths = Lengths()
    for n in range(100):
        lengths.learn("busy", n)
        for _ in range(3):
            lengths.learn(f"once {n}", 5)
    assert lengths.least("busy", 0) == 80
    assert lengths.least("once 10", 0) == 0
    assert lengths.least("once 99", 0) == 5


@given(
    st.floats(0.01, 5),
    st.integers(2, 50),
    st.lists(st.builds(Course, st.booleans(), st.floats(0, 100), st.floats(0, 300)), min_size=2),
)
def test_plans_are_never_in_the_past_and_no_final_is_spent(
    rate: float, size: int, courses: list[Course]
) -> None:
    budget = Budget()
    budget.remember(Learned(rate, size, 100.0), 100.0, 100.0)
    assert 0 <= kept_back(budget, courses) <= len(courses) + 1
    planned = turns(budget, courses, 100.0)
    assert len(planned) == len(courses)
    assert all(at >= course.newest_at for at, course in zip(planned, courses, strict=True))


@virtual_time
async def test_what_was_learned_outlives_the_scheduler_that_nobody_holds() -> None:
    homeserver = Homeserver(lambda: Limiter(0.2, 10))
    client, store = homeserver.client(), Remembered(SYNAPSE)
    for n in range(3):
        await Text(Scheduler.of(client, store), f"!{n}:x", max_edits=1).write(repeat(1, 30))
        gc.collect()
    await asyncio.sleep(60)
    scheduler = Scheduler.of(client, store)
    texts = [Text(scheduler, f"!{n}:x") for n in range(5)]
    await asyncio.gather(*(text.write(repeat(0.1, 300)) for text in texts))
    assert [text.lane.edits for text in texts] == [2] * 5
    seen = [pairwise(starts(homeserver, text.room_id)[-3:]) for text in texts]
    assert max(b - a for times in seen for a, b in times) < 16
