"""Two bots do not talk to each other for ever, and people never notice the limit."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from itertools import repeat

import pytest

from llmstream.bot.room.bot_loops import MOST, PAUSES, TURNS, Loops, Verdict
from llmstream.matrix.reading.said import Said

from ...virtual_time import run_virtual

ROOM = "!r:here"
BOT, ALICE, BOB = "@bot:there", "@alice:here", "@bob:here"


def speaks(loops: Loops, sender: str, text: str = "why?", room: str = ROOM) -> Verdict:
    """Somebody asks. What is to be done about it."""
    loops.heard(Said("$1", room, sender, 0, "m.text", text))
    return loops.judge(room, sender)


async def talk(
    loops: Loops, sender: str, pauses: Iterable[float], text: str = "why?"
) -> list[Verdict]:
    """Somebody speaks a while after each of our answers, whether they get one or not."""
    verdicts: list[Verdict] = []
    for pause in pauses:
        await asyncio.sleep(pause)
        verdicts.append(speaks(loops, sender, text))
        if verdicts[-1] is Verdict.ANSWER:
            await asyncio.sleep(5)
            loops.answered(ROOM)
    return verdicts


def answered(verdicts: list[Verdict]) -> int:
    return verdicts.index(Verdict.TELL) if Verdict.TELL in verdicts else len(verdicts)


@pytest.mark.parametrize("pause", [0.0, 0.5, 2.0, 5.0, 20.0, 60.0, 300.0])
@pytest.mark.parametrize("text", ["why?", "!ask why?", "@llm: why? " * 50])
def test_whoever_keeps_a_pace_like_a_machine_is_stopped(pause: float, text: str) -> None:
    verdicts = run_virtual(talk(Loops(), BOT, repeat(pause, 60), text))
    assert answered(verdicts) <= TURNS + 3


def test_a_machine_whose_pace_trembles_is_stopped() -> None:
    chance = random.Random(1)
    pauses = [chance.uniform(1.8, 2.3) for _ in range(40)]
    assert answered(run_virtual(talk(Loops(), BOT, pauses))) <= TURNS + 3


def test_who_writes_faster_than_hands_is_stopped_at_any_pace() -> None:
    chance = random.Random(1)
    pauses = [chance.uniform(4, 40) for _ in range(40)]
    assert answered(run_virtual(talk(Loops(), BOT, pauses, "word " * 200))) <= TURNS + 3


def test_a_machine_of_no_pace_at_all_is_stopped_late() -> None:
    chance = random.Random(1)
    pauses = [chance.uniform(4, 50) for _ in range(80)]
    assert answered(run_virtual(talk(Loops(), BOT, pauses))) <= MOST + 1


@pytest.mark.parametrize("seed", range(20))
def test_a_person_in_quick_talk_is_never_stopped(seed: int) -> None:
    chance = random.Random(seed)
    pauses = [chance.lognormvariate(2.0, 0.7) for _ in range(MOST)]
    assert Verdict.TELL not in run_virtual(talk(Loops(), ALICE, pauses))


@pytest.mark.parametrize("pause", [0.0, 0.5, 2.0])
def test_people_who_speak_in_turns_are_never_stopped(pause: float) -> None:
    async def scenario() -> None:
        loops = Loops()
        for _ in range(50):
            for person in (ALICE, BOB):
                await asyncio.sleep(pause)
                assert speaks(loops, person) is Verdict.ANSWER
                loops.answered(ROOM)

    run_virtual(scenario())


def test_questions_asked_in_a_row_are_no_turns() -> None:
    async def scenario() -> None:
        loops = Loops()
        for _ in range(3):
            for _ in range(30):
                assert speaks(loops, ALICE) is Verdict.ANSWER
            await asyncio.sleep(5)
            loops.answered(ROOM)

    run_virtual(scenario())


def test_whoever_is_stopped_is_told_once_and_can_go_on_after_a_minute() -> None:
    async def scenario() -> None:
        loops = Loops()
        verdicts = await talk(loops, ALICE, repeat(0, 30))
        assert verdicts.count(Verdict.TELL) == 1
        assert verdicts[-1] is Verdict.IGNORE
        await asyncio.sleep(PAUSES[0])
        assert speaks(loops, ALICE) is Verdict.ANSWER

    run_virtual(scenario())


def test_a_machine_that_comes_again_is_stopped_for_longer() -> None:
    async def scenario() -> None:
        loops = Loops()
        for pause in PAUSES:
            await talk(loops, BOT, repeat(0, 30))
            await asyncio.sleep(pause)
            assert loops.pause(ROOM, BOT) == 0

    run_virtual(scenario())


def test_who_presses_a_button_after_every_answer_is_stopped_too() -> None:
    async def scenario() -> None:
        loops = Loops()
        verdicts = []
        for _ in range(20):
            await asyncio.sleep(2)
            loops.acted(ROOM, BOT)
            verdicts.append(loops.judge(ROOM, BOT))
            loops.answered(ROOM)
        assert answered(verdicts) <= TURNS + 3

    run_virtual(scenario())


def test_rooms_are_counted_apart() -> None:
    async def scenario() -> None:
        loops = Loops()
        await talk(loops, BOT, repeat(0, 30))
        assert speaks(loops, BOT, room="!other:here") is Verdict.ANSWER

    run_virtual(scenario())
