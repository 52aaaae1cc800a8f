"""Which questions wait for others, and how many may."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from llmstream.bot.answering.running import INTERRUPTED, Full, Running, RunningAnswer
from llmstream.bot.config import Configuration, Limits
from llmstream.bot.room.triggers import Question, Situation

_ids = count(1)


def asked(by: str = "@ann:x", room: str = "!a:x", **limits: Any) -> RunningAnswer:
    question = Question(f"${next(_ids)}", room, by, "why?", 0)
    configuration = replace(Configuration(), limits=Limits(**limits))
    return RunningAnswer(question, Situation("@llm:x", "", frozenset()), configuration)


async def begins(running: Running, answer: RunningAnswer) -> bool:
    """Whether it begins; it is then never done."""
    try:
        running.admit(answer)
    except Full:
        return False
    running.begin(answer, asyncio.sleep(3600))
    return True


@pytest.fixture
async def running():
    running = Running()
    yield running
    await running.stop_all(1)


async def test_where_there_is_room_for_all_nobody_waits(running: Running):
    for _ in range(40):
        assert await begins(running, asked())
    assert not any(one.waiting for one in running)


async def test_of_three_thousand_questions_of_one_person_three_wait(running: Running):
    begun = [await begins(running, asked(answers_at_once=2)) for _ in range(3000)]
    assert sum(begun) == 2 + 3
    assert sum(one.waiting for one in running) == 3
    assert await begins(running, asked("@bob:x", answers_at_once=2))


async def test_who_waits_in_one_room_may_not_wait_in_another(running: Running):
    for number in range(10):
        await begins(running, asked(room=f"!{number}:x", answers_at_once=1))
    assert sum(one.waiting for one in running) == 3


async def test_in_one_room_ten_times_as_many_wait_of_all_people(running: Running):
    for number in range(100):
        await begins(running, asked(f"@{number}:x", answers_at_once=1))
    assert sum(one.waiting for one in running) == 30
    assert await begins(running, asked("@new:x", "!b:x", answers_at_once=1))


async def test_questions_in_one_conversation_wait_for_each_other(running: Running):
    def said(waiting_per_user: int = 3) -> RunningAnswer:
        answer = asked(waiting_per_user=waiting_per_user)
        answer.situation = replace(answer.situation, trigger="all")
        return answer

    begun = [await begins(running, said()) for _ in range(10)]
    assert sum(begun) == 1 + 3
    assert await begins(running, said(waiting_per_user=0))


async def test_the_person_is_told_what_to_do(running: Running):
    for _ in range(4):
        await begins(running, asked(answers_at_once=1))
    with pytest.raises(Full, match="3 of your questions are waiting already"):
        running.admit(asked(answers_at_once=1))


async def test_the_person_is_told_once_until_a_question_of_theirs_is_taken(running: Running):
    def refused(waiting_per_user: int = 1) -> bool | None:
        try:
            running.admit(asked(answers_at_once=1, waiting_per_user=waiting_per_user))
        except Full as full:
            return full.is_news
        return None

    for _ in range(2):
        await begins(running, asked(answers_at_once=1, waiting_per_user=1))
    assert [refused() for _ in range(3)] == [True, False, False]
    assert refused(waiting_per_user=2) is None
    assert refused() is True


async def test_what_begins_while_all_are_stopped_is_interrupted_too(running: Running):
    async def hears() -> None:
        await asyncio.sleep(0.01)
        await begins(running, late)

    late = asked()
    running.keep(asyncio.create_task(hears()))
    await begins(running, asked())
    await running.stop_all(5)
    assert late.ending is INTERRUPTED
    assert not list(running)
