"""The model's server fails. Its API is another from bot to bot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from tests.bed.models import Reply

from .case import Case, Happens
from .scene import DELAY, WORDS, Scene, spoken
from .verdict import Expectation

_MIDDLE = WORDS // 2


def says(reply: Callable[[list[str]], Reply]) -> Happens:
    """The model's answers are like this."""

    async def happens(scene: Scene) -> None:
        await scene.ask(reply)
        await asyncio.sleep(WORDS * DELAY)
        scene.is_free()

    return happens


def _in_the_middle(**fault: object) -> Happens:
    return says(lambda words: replace(spoken(words), **fault))  # type: ignore[arg-type]


def _huge(words: list[str]) -> Reply:
    return replace(spoken(words), text=[*words[:_MIDDLE], "x" * 10_000_000, *words[_MIDDLE:]])


def _endless(words: list[str]) -> Reply:
    return Reply(words + ["and so on "] * 20_000, delay=0.001)


def _case(name: str, what: str, happens: Happens, expected: Expectation = "ended") -> Case:
    return Case(name, what, happens, expected)


CASES = (
    _case("cut", "provider: connection cut", _in_the_middle(cut_after=_MIDDLE)),
    _case("stalled", "provider: silent in the middle", _in_the_middle(stall_after=_MIDDLE)),
    _case("half-line", "provider: half a line, then the end", _in_the_middle(half_after=_MIDDLE)),
    _case("garbage", "provider: a line of garbage", _in_the_middle(garbage_after=_MIDDLE)),
    _case("huge", "provider: 10 MB in one chunk", says(_huge)),
    _case(
        "error", "provider: a 200 that turns into an error", _in_the_middle(error_after=_MIDDLE)
    ),
    _case("endless", "provider: no end", says(_endless)),
    _case("nothing", "provider: an answer of nothing", says(lambda words: Reply([]))),
    _case("hung-up", "provider: hangs up at once", says(lambda words: Reply(hang_up=True))),
)
