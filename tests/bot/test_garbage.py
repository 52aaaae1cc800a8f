"""What Python searches for garbage, and when."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from llmstream.bot.garbage import MANY, Garbage


@pytest.fixture(autouse=True)
def _all_is_as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_stays_is_not_looked_at_until_the_last_instance_ends() -> None:
    garbage = Garbage()
    garbage.leave_out("one")
    garbage.leave_out("other")
    assert gc.get_freeze_count() > 10_000
    garbage.look_again("one")
    assert gc.get_freeze_count() > 10_000
    garbage.look_again("other")
    assert gc.get_freeze_count() < 10_000


def test_what_came_since_is_looked_at_unless_something_was_loaded() -> None:
    garbage = Garbage()
    garbage.leave_out("one")
    frozen = gc.get_freeze_count()
    since = [[] for _ in range(10_000)]  # type: ignore[var-annotated]
    garbage.leave_out("one")
    assert gc.get_freeze_count() <= frozen
    assert len(since) == 10_000


def test_the_full_search_waits_only_while_many_answers_are_written() -> None:
    garbage, usual = Garbage(), gc.get_threshold()
    with ExitStack() as few:
        for _ in range(MANY):
            few.enter_context(garbage.one_answer())
        assert gc.get_threshold() == usual
        with garbage.one_answer(), garbage.one_answer():
            assert gc.get_threshold()[:2] == usual[:2]
            assert gc.get_threshold()[2] == 100 * usual[2]
        assert gc.get_threshold() == usual


def test_an_answer_that_fails_is_counted_no_more() -> None:
    garbage, usual = Garbage(), gc.get_threshold()
    for _ in range(MANY + 1):
        _failing(garbage)
    with garbage.one_answer():
        assert gc.get_threshold() == usual


def _failing(garbage: Garbage) -> None:
    with suppress(ZeroDivisionError), garbage.one_answer():
        raise ZeroDivisionError
