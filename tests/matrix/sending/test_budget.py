"""What is learned of a server's limit from its answers alone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstream.matrix.sending.bucket import UNLIMITED
from llmstream.matrix.sending.budget import Budget, Learned
from tests.limiter import Limiter


class Account:
    """A budget that is used up greedily against a limiter, in its own time."""

    def __init__(self, rate: float, burst: float, budget: Budget | None = None) -> None:
        self.limiter = Limiter(rate, burst)
        self.budget = budget or Budget()
        self.now = 0.0
        self.accepted: list[float] = []
        self.refused: list[float] = []

    def send(self, latency: float = 0.02) -> None:
        """One event, as soon as the budget has room."""
        self.now = self.budget.ready_at(1, self.now)
        asked_at = self.now
        self.budget.sent(asked_at)
        arrived = asked_at + latency / 2
        wait = self.limiter.wait(arrived)
        self.now = asked_at + latency + (0.5 if wait else 0.0)
        if wait:
            self.refused.append(asked_at)
            self.budget.refused(asked_at, self.now, int(wait * 1000) / 1000)
        else:
            self.limiter.take(arrived)
            self.accepted.append(asked_at)
            self.budget.accepted(asked_at, self.now)

    def send_until(self, time: float) -> None:
        while self.now < time:
            self.send()


def test_nothing_is_assumed_before_the_first_refusal() -> None:
    budget = Budget()
    for n in range(1000):
        budget.sent(n * 0.01)
    assert not budget.known
    assert budget.available(10.0) == UNLIMITED
    assert budget.ready_at(50, 10.0) == 10.0


def test_synapses_default_is_learned_from_one_refusal() -> None:
    account = Account(0.2, 10)
    account.send_until(300)
    assert (account.budget.rate, account.budget.size) == (0.2, 10.0)
    assert len(account.refused) == 1


def test_a_known_limit_is_used_to_the_full_and_never_exceeded() -> None:
    account = Account(0.2, 10)
    account.budget.remember(Learned(0.2, 10.0, 1000.0), 0.0, 1000.0)
    account.send_until(300)
    assert not account.refused
    assert len(account.accepted) >= 10 + 59


def test_a_limit_just_below_a_common_one_is_learned() -> None:
    account = Account(0.4456, 18)
    account.send_until(600)
    assert account.budget.rate == pytest.approx(0.4456, rel=0.02)
    assert len(account.refused) <= 30
    assert not [at for at in account.refused if at > 300]


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    rate=st.floats(0.05, 5.0),
    burst=st.integers(1, 60),
    latencies=st.randoms(use_true_random=False),
)
def test_any_limit_is_obeyed_before_long(
    rate: float, burst: int, latencies: random.Random
) -> None:
    account = Account(rate, burst)
    while account.now < 600:
        account.send(latencies.uniform(0.0, 0.1))
    late = [at for at in account.refused if at > 300]
    assert len(late) <= 3
    assert len(account.refused) <= 30


@settings(max_examples=100, deadline=None)
@given(latencies=st.lists(st.floats(0.0, 3.0), max_size=60))
def test_a_known_limit_is_never_exceeded_however_slow_the_network(latencies: list[float]) -> None:
    account = Account(0.2, 10)
    account.budget.remember(Learned(0.2, 10.0, 1000.0), 0.0, 1000.0)
    for latency in latencies:
        account.send(latency)
    assert not account.refused


def test_another_program_on_the_account_does_not_shrink_the_limit_at_once() -> None:
    account = Account(0.2, 10)
    account.budget.remember(Learned(0.2, 10.0, 1000.0), 0.0, 1000.0)
    account.send()
    for _ in range(6):
        account.limiter.take(account.now)
    account.send_until(100)
    assert len(account.refused) == 1
    assert (account.budget.rate, account.budget.size) == (0.2, 10.0)


def test_a_smaller_limit_is_believed_when_it_shows_again() -> None:
    account = Account(0.2, 4)
    account.budget.remember(Learned(0.2, 10.0, 1000.0), 0.0, 1000.0)
    for _ in range(4):
        account.now += 60
        for _ in range(8):
            account.send()
    assert account.budget.size <= 5
    account.refused.clear()
    account.now += 120
    for _ in range(8):
        account.send()
    assert not account.refused


def test_a_limit_is_trusted_for_longer_each_time_that_it_is_confirmed() -> None:
    budget = Budget()
    budget.remember(Learned(0.2, 10.0, 5800.0), 100.0, 6000.0)
    now, trusted = 100.0, []
    assert not budget.worth_testing(190.0)
    assert budget.worth_testing(210.0)
    for _ in range(6):
        tested_at = now = now + 3601
        budget.sent(now)
        budget.refused(now, now, 5.0)
        while not budget.worth_testing(now):
            now += 10
        trusted.append(round((now - tested_at) / 60))
    assert trusted == [10, 20, 40, 60, 60, 60]


def test_one_event_more_than_a_limit_allows_disproves_it() -> None:
    account = Account(100, 100)
    account.budget.remember(Learned(0.2, 10.0, 0.0), 0.0, 0.0)
    for n in range(12):
        assert account.budget.known
        account.budget.sent(n / 100)
        account.budget.accepted(n / 100, n / 100)
    assert not account.budget.known


def test_a_limit_is_forgotten_when_the_server_takes_more() -> None:
    account = Account(100, 100)
    account.budget.remember(Learned(0.2, 10.0, 0.0), 0.0, 0.0)
    for n in range(20):
        account.budget.sent(float(n) / 10)
        account.budget.accepted(float(n) / 10, float(n) / 10)
    assert not account.budget.known


def test_what_was_learned_is_remembered_with_its_age() -> None:
    budget = Budget()
    budget.refused(10.0, 10.5, 5.0)
    assert budget.learned(70.5, 5060.0) == Learned(0.2, 10.0, 5000.0)


def test_what_comes_back_after_the_server_has_told_its_level_adds_nothing_to_that() -> None:
    budget = Budget()
    budget.sent(10.0)
    budget.sent(10.0)
    budget.refused(10.0, 10.1, 5.0)
    ready = budget.ready_at(1, 10.2)
    budget.returned(10.0, 10.2)
    assert budget.ready_at(1, 10.2) == ready > 14


def test_refusals_without_a_time_are_waited_out_longer_and_longer() -> None:
    budget, now, waits = Budget(), 0.0, []
    for _ in range(6):
        budget.sent(now)
        budget.refused(now, now, None)
        waits.append(budget.opens_at(now) - now)
        now = budget.opens_at(now)
    assert waits == [2, 4, 8, 16, 30, 30]
    assert not budget.known


def test_a_server_that_promises_and_refuses_again_is_not_hammered() -> None:
    budget, now = Budget(), 0.0
    for _ in range(10):
        now = budget.ready_at(1, now)
        budget.sent(now)
        budget.refused(now, now + 0.01, 0.0)
        now += 0.01
    assert now > 30


@pytest.mark.parametrize(("rate", "size"), [(0.0, 10.0), (0.2, 0.0), (-1.0, 5.0)])
def test_a_damaged_memory_is_ignored(rate: float, size: float) -> None:
    budget = Budget()
    budget.remember(Learned(rate, size, 0.0), 0.0, 0.0)
    assert not budget.known
