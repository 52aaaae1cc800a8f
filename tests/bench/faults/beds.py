"""Which faults are tried on which bed: several beds side by side, none idle while runs are left.

Beds share nothing but the processors, and most runs wait most of the time.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby

from .case import Case, Needs
from .house import House
from .row import Row

_BOTS_TOGETHER = 3
"""On a bed whose faults befall all bots at once."""
_TELL_EVERY = 60.0
_SETTING_UP = 20.0  # seconds until a bed is there


class Part:
    """Faults that need the same bed, and their runs: handed out one by one, each fault in turn.

    Args:
        cases: They need the same, and befall one bot each or all of them.
        each: Runs of each fault.
        bed_seconds: None is begun after so long, summed over the beds that are at it.
    """

    def __init__(self, cases: Sequence[Case], each: int, bed_seconds: float) -> None:
        self.needs: Needs = cases[0].needs
        self.together = cases[0].together
        self.beds = 0
        self._left = deque(list(cases) * each)
        self._bed_seconds = bed_seconds
        self._spent = self._changed_at = 0.0

    def __iter__(self) -> Iterator[Case]:
        while self.is_left:
            yield self._left.popleft()

    @property
    def is_left(self) -> bool:
        """Whether there is a run to begin."""
        self._count()
        return bool(self._left) and self._spent < self._bed_seconds

    def seconds_left(self, stages: int) -> float:
        """How long one bed is still at it."""
        at_once = 1 if self.together else stages
        return sum(case.seconds for case in self._left) / at_once

    @contextmanager
    def bed(self) -> Iterator[None]:
        """One bed more is at it as long as the block lasts."""
        self._count()
        self.beds += 1
        try:
            yield
        finally:
            self._count()
            self.beds -= 1

    def _count(self) -> None:
        now = time.monotonic()
        self._spent += self.beds * (now - self._changed_at)
        self._changed_at = now


class Beds:
    """Several beds at work.

    Args:
        count: Of them, side by side.
        stages: Bots of a bed whose faults befall one bot each.
        rooms: Answers of each bot at once.
    """

    def __init__(self, count: int, stages: int, rooms: int) -> None:
        self._count = count
        self._stages = stages
        self._rooms = rooms
        self._began_at = time.monotonic()

    async def play(
        self, cases: Sequence[Case], each: int, seconds: float, rows: Mapping[str, Row]
    ) -> None:
        """Make so many runs of each fault, or as many as that time allows."""
        parts = self._divided(cases, each, seconds)
        telling = asyncio.create_task(self._tell(len(cases) * each, rows))
        try:
            await asyncio.gather(*(self._work(parts, rows) for _ in range(self._count)))
        finally:
            telling.cancel()

    def _divided(self, cases: Sequence[Case], each: int, seconds: float) -> list[Part]:
        kinds = [list(of_kind) for _, of_kind in groupby(sorted(cases, key=_kind), _kind)]
        lasts = [Part(kind, each, 0).seconds_left(self._stages) for kind in kinds]
        of_all = seconds * self._count / sum(lasts)
        return [
            Part(kind, each, of_all * one + _SETTING_UP)
            for kind, one in zip(kinds, lasts, strict=True)
        ]

    async def _work(self, parts: Sequence[Part], rows: Mapping[str, Row]) -> None:
        """One bed after another, of the kind for which most is left to be done."""
        while left := [part for part in parts if part.is_left]:
            part = min(left, key=self._comes_first)
            stages = _BOTS_TOGETHER if part.together else self._stages
            with part.bed():
                async with House.up(part.needs, stages, self._rooms) as house:
                    await house.play(part, rows, together=part.together)

    def _comes_first(self, part: Part) -> tuple[bool, float]:
        return part.beds > 0, -part.seconds_left(self._stages) / (part.beds + 1)

    async def _tell(self, runs: int, rows: Mapping[str, Row]) -> None:
        """Say now and again how far it is."""
        while True:
            await asyncio.sleep(_TELL_EVERY)
            minutes = (time.monotonic() - self._began_at) / 60
            done = sum(row.runs for row in rows.values())
            bad = sum(row.bad for row in rows.values())
            slowest = max(rows.values(), key=lambda row: row.seconds_each)
            print(
                f"  {minutes:.0f} min: {done} of {runs} runs, {bad} answers wrong; the longest is "
                f"{slowest.case.name}, {slowest.seconds_each:.0f} s each",
                file=sys.stderr,
                flush=True,
            )


def _kind(case: Case) -> tuple[Needs, bool]:
    return case.needs, case.together
