"""Writes that are done entirely or not at all, whatever becomes of the task that wanted them,
and those that nobody waits for long. And reads for which what was heard can wait.

Answers are cancelled whenever somebody stops one. mautrix rolls a SQLite transaction back on an
`Exception` only, and a cancellation is none: the transaction would stay open, and its connection,
the only one, refuse every further one (mautrix/util/async_db/aiosqlite.py).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

_TRIES = (1.0, 5.0, 25.0, 0.0)  # seconds after each

_going_on: set[asyncio.Task[None]] = set()


async def whole(write: Coroutine[Any, Any, T]) -> T:
    """Run `write` to its end. A cancellation is heard after it."""
    task = asyncio.ensure_future(write)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def noted(write: Callable[[], Coroutine[Any, Any, None]], patience: float = 2.0) -> None:
    """Write, and wait for that so many seconds at most; then it goes on alone.

    A database that fails is tried again a few times, then what it says is logged: for what must
    not cost an answer.
    """
    task = asyncio.create_task(_tried(write))
    _going_on.add(task)
    task.add_done_callback(_going_on.discard)
    try:
        await asyncio.wait([task], timeout=patience)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=patience)
        raise


async def sought(read: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What is found; a database that fails is asked again a few times. Raises what it raises."""
    for wait in _TRIES[:-1]:
        try:
            return await read()
        except Exception:
            log.exception("Something could not be read from the database")
        await asyncio.sleep(wait)
    return await read()


async def _tried(write: Callable[[], Coroutine[Any, Any, None]]) -> None:
    for wait in _TRIES:
        try:
            await write()
        except Exception:
            log.exception("Something could not be kept in the database")
        else:
            return
        await asyncio.sleep(wait)
