"""How many answers are written at once, and who waits in line for their turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

_FEW = 3


@dataclass(slots=True)
class _Waiting:
    at_once: int
    told: Callable[[int], None]
    turn: asyncio.Future[None]
    place: int = 0


class Line:
    """First come, first served. One for an instance."""

    def __init__(self) -> None:
        self._running = 0
        self._waiting: deque[_Waiting] = deque()

    @asynccontextmanager
    async def turn(self, at_once: int, told: Callable[[int], None]) -> AsyncIterator[None]:
        """Wait until fewer than `at_once` (0: any number) have their turn, and have one.

        `told` hears the place in line, 1 for the next, if there is a line; and again when it has
        halved, and among the first few each time that it moves.
        """
        await self._wait(at_once, told)
        try:
            yield
        finally:
            self._running -= 1
            self._advance()

    async def _wait(self, at_once: int, told: Callable[[int], None]) -> None:
        turn = asyncio.get_running_loop().create_future()
        waiting = _Waiting(at_once, told, turn)
        self._waiting.append(waiting)
        self._advance()
        try:
            await turn
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            else:  # the turn came while we were being cancelled
                self._running -= 1
            self._advance()
            raise

    def _advance(self) -> None:
        while self._waiting and self._is_free(self._waiting[0].at_once):
            self._running += 1
            self._waiting.popleft().turn.set_result(None)
        for place, waiting in enumerate(self._waiting, start=1):
            if _is_news(place, waiting.place):
                waiting.place = place
                waiting.told(place)

    def _is_free(self, at_once: int) -> bool:
        return not at_once or self._running < at_once


def _is_news(place: int, told: int) -> bool:
    """Whether to tell this place to who has heard `told` before (0: nothing)."""
    return not told or place <= told // 2 or place < min(told, _FEW + 1)
