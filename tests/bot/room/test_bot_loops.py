"""Two bots do not talk to each other for ever, and people never notice the limit."""

from __future__ import annotations

import asyncio

from llmstream.bot.room.bot_loops import HASTE, Loops
from llmstream.bot.room.triggers import By, Question
from llmstream.matrix.reading.said import Said

from ...virtual_time import run_virtual


def asks(by: By = "all", room: str = "!r:here") -> Question:
    return Question("$1", room, "@other:here", "why?", 0, by=by)


def said(room: str = "!r:here") -> Said:
    return Said("$1", room, "@other:here", 0, "m.text", "why?")


async def talk(loops: Loops, turns: int, pause: float, by: By = "all") -> int:
    """How many turns somebody gets who answers each of our answers after a pause."""
    for answered in range(turns):
        await asyncio.sleep(pause)
        loops.heard(said())
        if not loops.admits(asks(by)):
            return answered
        await asyncio.sleep(5)
        loops.answered("!r:here")
    return turns


def test_who_answers_at_once_every_time_gets_only_so_many_turns() -> None:
    # The first question answers nothing, so it is not counted.
    assert run_virtual(talk(Loops(turns=3), 20, pause=HASTE / 2)) == 1 + 3


def test_who_takes_time_to_read_may_go_on() -> None:
    assert run_virtual(talk(Loops(turns=3), 20, pause=HASTE + 1)) == 20


def test_commands_may_come_in_a_row() -> None:
    assert run_virtual(talk(Loops(turns=3), 20, pause=0, by="command")) == 20


def test_questions_asked_together_are_no_conversation_of_bots() -> None:
    async def scenario() -> None:
        loops = Loops(turns=3)
        for _ in range(20):
            loops.heard(said())
            assert loops.admits(asks())

    run_virtual(scenario())


def test_a_person_who_speaks_in_between_ends_the_count() -> None:
    async def scenario() -> None:
        loops = Loops(turns=3)
        assert await talk(loops, 4, pause=0) == 4
        await asyncio.sleep(HASTE)
        loops.heard(said())
        loops.answered("!r:here")
        assert await talk(loops, 20, pause=0) == 3

    run_virtual(scenario())


def test_rooms_are_counted_apart() -> None:
    async def scenario() -> None:
        loops = Loops(turns=0)
        loops.answered("!r:here")
        assert not loops.admits(asks())
        assert loops.admits(asks(room="!other:here"))

    run_virtual(scenario())
