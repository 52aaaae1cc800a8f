"""Few pages at once, and fewer of one host: no model may use us to flood anybody."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .tool import ToolError

AT_ONCE = 12
"""Pages, of all answers of the process together."""
OF_A_HOST = 3
PATIENCE = 60.0
"""Seconds until a page whose turn does not come is given up."""


class FetchQueue:
    """Whose turn it is; first come, first served, as far as the hosts allow."""

    def __init__(self, at_once: int = AT_ONCE, of_a_host: int = OF_A_HOST) -> None:
        self._at_once = at_once
        self._of_a_host = of_a_host
        self._busy: Counter[str] = Counter()
        self._waiting: dict[asyncio.Future[None], str] = {}

    @asynccontextmanager
    async def turn(self, host: str, clock: asyncio.Timeout) -> AsyncIterator[None]:
        """Ask this host something, when it may be asked. The clock stands still until then.

        Raises:
            ToolError: Too many others are before this one.
        """
        if not self._free(host):
            await self._wait(host, clock)
        else:
            self._busy[host] += 1
        try:
            yield
        finally:
            self._end(host)

    async def _wait(self, host: str, clock: asyncio.Timeout) -> None:
        loop = asyncio.get_running_loop()
        left = (clock.when() or 0.0) - loop.time()
        clock.reschedule(None)
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting[turn] = host
        try:
            async with asyncio.timeout(PATIENCE):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._end(host)  # it came too late
            if isinstance(error, TimeoutError):
                raise ToolError(
                    "Too many pages are being read already. Read fewer at once."
                ) from None
            raise
        finally:
            self._waiting.pop(turn, None)
        clock.reschedule(loop.time() + left)

    def _free(self, host: str) -> bool:
        return self._busy.total() < self._at_once and self._busy[host] < self._of_a_host

    def _end(self, host: str) -> None:
        self._busy -= Counter({host: 1})
        for turn, wanted in [*self._waiting.items()]:
            if not turn.done() and self._free(wanted):
                self._busy[wanted] += 1
                turn.set_result(None)
