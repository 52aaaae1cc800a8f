from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal

import pytest

from llmstream.bot.config import Limits
from llmstream.bot.room.limits import Asking, Gate, Refusal, Replies
from llmstream.bot.store import Spending, Store, day_of
from llmstream.chunks import Usage
from llmstream.providers import Settings

from ...virtual_time import virtual_time
from ..store.database import database

ASKING = Asking(
    person="@ann:x",
    room_id="!a:x",
    provider=Settings("work", "openai", price_in=1.0, price_out=10.0),
    model="gpt",
    prompt_tokens=100,
)
NO_LIMITS = Limits()


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with database() as opened:
        yield Store(opened)


@pytest.fixture
def gate(store: Store) -> Gate:
    return Gate(store.usage)


async def use(
    gate: Gate, tokens: int, asking: Asking = ASKING, limits: Limits = NO_LIMITS
) -> None:
    async with gate.admit(limits, asking) as admission:
        admission.used(Usage(input=0, output=tokens))


async def refused(gate: Gate, limits: Limits, asking: Asking = ASKING) -> str:
    with pytest.raises(Refusal) as caught:
        await use(gate, 0, asking, limits)
    return str(caught.value)


async def admitted_of_twenty(gate: Gate, limits: Limits, asking: Asking = ASKING) -> int:
    """How many of twenty questions asked at once are admitted while none is finished."""

    async def ask(stack: AsyncExitStack) -> bool:
        try:
            await stack.enter_async_context(gate.admit(limits, asking))
        except Refusal:
            return False
        return True

    async with AsyncExitStack() as stack:
        return sum(await asyncio.gather(*(ask(stack) for _ in range(20))))


async def test_without_limits_everybody_may_ask(gate: Gate):
    assert await admitted_of_twenty(gate, NO_LIMITS) == 20


@pytest.mark.parametrize(
    "limits",
    [
        Limits(answers_per_user_per_hour=1),
        Limits(tokens_per_user_per_day=1),
        Limits(tokens_per_room_per_day=1),
        Limits(cost_per_user_per_day=Decimal("0.00001")),
        Limits(cost_per_room_per_month=Decimal("0.00001")),
    ],
)
async def test_twenty_questions_at_once_cannot_pass_a_budget_of_one(gate: Gate, limits: Limits):
    assert await admitted_of_twenty(gate, limits) == 1


async def test_as_many_are_admitted_at_once_as_their_estimates_fit(gate: Gate):
    limits = Limits(tokens_per_user_per_day=1000)
    assert await admitted_of_twenty(gate, limits, replace(ASKING, max_tokens=100)) == 5


async def test_limits_of_one_person_are_not_those_of_another(gate: Gate):
    limits = Limits(answers_per_user_per_hour=1, tokens_per_user_per_day=10)
    await use(gate, 10)
    await refused(gate, limits)
    await use(gate, 10, replace(ASKING, person="@bob:x"), limits)


async def test_a_room_limit_holds_for_all_people_in_it_and_for_no_other_room(gate: Gate):
    limits = Limits(tokens_per_room_per_day=10)
    await use(gate, 10)
    said = await refused(gate, limits, replace(ASKING, person="@bob:x"))
    assert said.startswith("This room has used the 10 tokens of today; the next question is")
    await use(gate, 10, replace(ASKING, room_id="!b:x"), limits)


async def test_a_refusal_says_when_asking_is_possible_again(gate: Gate, store: Store):
    for minutes in (70, 50, 48.5, 5):
        await store.usage.reserve(
            Spending(str(minutes), "!a:x", "@ann:x", "p", "m", 1, 1, time.time() - minutes * 60)
        )
    limits = Limits(answers_per_user_per_hour=2)
    assert await refused(gate, limits) == (
        "You have asked 3 times in the last hour; the next is possible in 12 minutes."
    )
    await use(gate, 1, limits=Limits(answers_per_user_per_hour=4))


async def test_a_refusal_for_tokens_names_the_limit_and_midnight(gate: Gate):
    await use(gate, 10_000)
    said = await refused(gate, Limits(tokens_per_user_per_day=10_000))
    assert said.startswith("You have used the 10,000 tokens of today; ")
    assert "after midnight UTC, in " in said


async def test_a_refusal_for_money_names_the_limit_and_when_it_is_over(gate: Gate):
    await use(gate, 100_000)
    said = await refused(gate, Limits(cost_per_user_per_day=Decimal("0.5")))
    assert said.startswith("You have used the $0.5000 of today; the next question is possible ")
    assert "after midnight UTC, in " in said
    limits = Limits(cost_per_room_per_month=Decimal(1))
    said = await refused(gate, limits, replace(ASKING, person="@bob:x"))
    assert re.fullmatch(
        "This room has used the \\$1.00 of this month; the next question is possible "
        "on 1 [A-Z][a-z]+ \\(UTC\\), in [0-9]+ (minute|hour|day)s?.",
        said,
    )
    await use(gate, 1, replace(ASKING, person="@bob:x", room_id="!b:x"), limits)


async def test_money_is_kept_for_what_is_being_written(gate: Gate):
    limits = Limits(cost_per_user_per_day=Decimal("0.0111"))
    async with gate.admit(limits, ASKING):  # expected to cost 100 and 1,000 tokens: $0.0101
        assert "and the answers being written may need" in await refused(gate, limits)
    await use(gate, 1, limits=limits)


async def test_tokens_of_yesterday_do_not_count(gate: Gate, store: Store):
    yesterday = day_of(time.time()) - 1
    await store.usage.reserve(Spending("1", "!a:x", "@ann:x", "p", "m", 1000, 1000, yesterday))
    await use(gate, 1, limits=Limits(tokens_per_user_per_day=10, tokens_per_room_per_day=10))


async def test_what_is_left_is_open_for_one_answer_however_long_it_may_get(gate: Gate):
    limits = Limits(tokens_per_user_per_day=50)
    await use(gate, 49, limits=limits)
    await use(gate, 400, limits=limits)
    await refused(gate, limits)


async def test_a_question_beside_an_answer_being_written_waits_for_it(gate: Gate):
    limits = Limits(tokens_per_user_per_day=1500)
    async with gate.admit(limits, ASKING) as admission:
        assert "ask again when they are done" in await refused(gate, limits)
        admission.used(Usage(input=10, output=10))
    await use(gate, 10, limits=limits)


async def test_a_question_that_the_model_never_saw_costs_nothing(gate: Gate, store: Store):
    limits = Limits(answers_per_user_per_hour=1)
    with pytest.raises(ConnectionError):
        async with gate.admit(limits, ASKING):
            raise ConnectionError
    assert (await store.usage.total(0)).answers == 0
    await use(gate, 1, limits=limits)


async def test_what_the_provider_reports_is_counted_with_its_cost(gate: Gate, store: Store):
    async with gate.admit(NO_LIMITS, ASKING) as admission:
        admission.used(Usage(input=1_000_000, output=100_000))
    used = await store.usage.total(0)
    assert (used.input_tokens, used.output_tokens, used.cost) == (1_000_000, 100_000, Decimal(2))


async def test_all_requests_of_one_answer_count_from_when_they_are_sent(gate: Gate, store: Store):
    async with gate.admit(NO_LIMITS, ASKING) as admission:
        await admission.sends(100)
        assert (await store.usage.total(0)).input_tokens == 100
        admission.used(Usage(input=90, output=5))
        await admission.sends(700)
        used = await store.usage.total(0)
        assert (used.input_tokens, used.output_tokens, used.unsettled) == (790, 1005, 1)
        admission.used(Usage(input=710, output=10))
    used = await store.usage.total(0)
    assert (used.input_tokens, used.output_tokens, used.unsettled) == (800, 15, 0)


async def test_an_answer_that_is_cancelled_at_any_moment_is_never_counted_for_ever(
    gate: Gate, store: Store
):
    async def ask() -> None:
        async with gate.admit(NO_LIMITS, ASKING):
            await asyncio.Event().wait()

    for steps in range(12):
        asking = asyncio.create_task(ask())
        for _ in range(steps):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
    assert (await store.usage.total(0)).answers == 0


async def test_an_answer_that_is_cancelled_while_it_is_settled_is_settled(
    gate: Gate, store: Store
):
    async def ask() -> None:
        async with gate.admit(NO_LIMITS, ASKING) as admission:
            admission.used(Usage(input=1, output=1))
            settling.set()

    settling = asyncio.Event()
    asking = asyncio.create_task(ask())
    await settling.wait()
    asking.cancel()
    await asyncio.wait([asking])
    used = await store.usage.total(0)
    assert (used.tokens, used.unsettled) == (2, 0)


@pytest.mark.slow
class TestWithADatabaseThatFails:
    @pytest.fixture
    async def lost(self) -> AsyncIterator[Gate]:
        async with database() as opened:
            await opened.execute("DROP TABLE usage")
            yield Gate(Store(opened).usage)

    async def test_who_has_no_limit_is_answered(self, lost: Gate):
        await use(lost, 10)

    async def test_who_has_one_is_told(self, lost: Gate):
        said = await refused(lost, Limits(tokens_per_user_per_day=1000))
        assert "Try again in a few minutes" in said


class TestReplies:
    def said(self, *people: str, room: str = "!a:x", times: int = 1) -> int:
        return sum(self.replies.left(person, room) >= 0 for person in people * times)

    def test_one_person_gets_some_at_once_and_then_one_now_and_again(self):
        @virtual_time
        async def scene() -> None:
            self.replies = Replies()
            assert self.said("@ann:x", times=300) == Replies.AT_ONCE
            await asyncio.sleep(Replies.EVERY)
            assert self.said("@ann:x", times=300) == 1
            await asyncio.sleep(3600)
            assert self.said("@ann:x", times=300) == Replies.AT_ONCE

        scene()

    def test_who_hears_the_last_one_knows(self):
        @virtual_time
        async def scene() -> None:
            replies = Replies()
            left = [replies.left("@ann:x", "!a:x") for _ in range(Replies.AT_ONCE + 1)]
            assert left == [*range(Replies.AT_ONCE - 1, -1, -1), -1]

        scene()

    def test_many_people_in_a_room_get_no_more_than_three_would(self):
        @virtual_time
        async def scene() -> None:
            self.replies = Replies()
            crowd = [f"@{number}:x" for number in range(100)]
            assert self.said(*crowd, times=5) == 3 * Replies.AT_ONCE
            assert self.said("@new:x") == 0
            assert self.said("@new:x", room="!b:x") == 1

        scene()
