"""What is done one after another under one name, while all else goes on. It knows no answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class OneAtATime:
    """The turns that are taken and waited for, by name."""

    def __init__(self) -> None:
        self._turns: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def __call__(self, name: str) -> AsyncIterator[int]:
        """One at a time of what has this name, a conversation say, in the order of coming.

        The block has how many others are waiting behind it when it begins.
        """
        lock, waiting = self._turns.get(name, (asyncio.Lock(), 0))
        self._turns[name] = (lock, waiting + 1)
        try:
            async with lock:
                yield self._turns[name][1] - 1
        finally:
            lock, waiting = self._turns.pop(name)
            if waiting > 1:
                self._turns[name] = (lock, waiting - 1)
