"""Writes that are done entirely or not at all, whatever becomes of the task that wanted them.

Answers are cancelled whenever somebody stops one. mautrix rolls a SQLite transaction back on an
`Exception` only, and a cancellation is none: the transaction would stay open, and its connection,
the only one, refuse every further one (mautrix/util/async_db/aiosqlite.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def whole(write: Coroutine[Any, Any, T]) -> T:
    """Run `write` to its end. A cancellation is heard after it."""
    task = asyncio.ensure_future(write)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
