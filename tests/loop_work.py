"""How much the event loop has to do at once, counted in calls of functions, or in seconds of the
processor where the work is not made of calls.

A call of ours and of the standard library's costs some tenths of a microsecond, so that 100,000
are the 20 ms that nobody else should have to wait. What other threads do is not counted.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch


@dataclass
class Work:
    """The most calls within one step of the loop, and what that step was."""

    most: int = 0
    step: str = ""


@contextmanager
def counted() -> Iterator[Work]:
    """Counts what is done in every step of a loop that runs within the block."""
    work, run = Work(), asyncio.Handle._run
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    def counting(handle: asyncio.Handle) -> None:
        nonlocal calls
        calls = 0
        sys.setprofile(count)
        try:
            run(handle)
        finally:
            sys.setprofile(None)
            if calls > work.most:
                work.most, work.step = calls, repr(handle)

    with patch.object(asyncio.Handle, "_run", counting):
        yield work


@dataclass
class Held:
    """Seconds of the processor for which the loop has turned to nobody else, at most."""

    longest: float = 0.0


@asynccontextmanager
async def watched() -> AsyncIterator[Held]:
    """Watches how long the running loop is held within the block."""
    held = Held()

    async def watch() -> None:
        while True:
            before = time.process_time()
            await asyncio.sleep(0)
            held.longest = max(held.longest, time.process_time() - before)

    watching = asyncio.create_task(watch())
    try:
        yield held
    finally:
        watching.cancel()
