"""One answer on its way, kept in the database as far as it has come.

It only keeps. What it says at any moment is `answer.py`'s; what a crash has left is finished by
`repair.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from types import TracebackType
from typing import Any, Self

from ..store import Answer, Store, Unfinished
from ..store.writing import noted

log = logging.getLogger(__name__)

_PATIENCE = 2.0  # seconds for the database: what it takes later it takes while nobody waits

NOT_KEPT = (
    "⚠️ My database takes nothing at the moment. If that lasts, this answer is not kept, nor what "
    "it has used."
)


class Checkpoint:
    """Keeps one answer from the beginning of the block on. It is left for the next start, unless
    it was ended: kept as an answer, or dropped.

    Args:
        so_far: What is to be finished if nothing more comes.
    """

    def __init__(self, store: Store, so_far: Callable[[], Unfinished]) -> None:
        self._store = store
        self._so_far = so_far
        self._changed = asyncio.Event()
        self._verdict: asyncio.Future[bool] | None = None
        self._saving: asyncio.Task[None] | None = None
        self._ended = False

    def changed(self) -> None:
        """The room is about to see more of it: what is kept must never be less."""
        self._changed.set()

    async def secured(self) -> bool:
        """Whether the database has it as it now stands. Waits for that, though not long."""
        verdict = self._verdict = asyncio.get_running_loop().create_future()
        self.changed()
        await asyncio.wait([verdict], timeout=_PATIENCE)
        return verdict.done() and verdict.result()

    async def keep(self, answer: Answer) -> None:
        """The room has all of it: this is the answer, and nothing is left to be done."""
        await self._end(partial(self._store.answers.save, answer, ends=self._so_far().id))

    async def drop(self) -> None:
        """Nothing comes of it, and nothing is to be done."""
        await self._end(partial(self._store.streams.remove, self._so_far().id))

    async def _end(self, write: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._ended = True
        await self._stop_saving()
        await noted(write, _PATIENCE)

    async def __aenter__(self) -> Self:
        self._changed.set()
        self._saving = asyncio.create_task(self._save_each_change())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._ended:
            await self._stop_saving()
            await noted(partial(self._store.streams.save, self._so_far()), _PATIENCE)

    async def _stop_saving(self) -> None:
        if self._saving:
            self._saving.cancel()
            await asyncio.wait([self._saving], timeout=_PATIENCE)

    async def _save_each_change(self) -> None:
        while await self._changed.wait():
            self._changed.clear()
            verdict = self._verdict
            saved = await self._save()
            if verdict and not verdict.done():
                verdict.set_result(saved)

    async def _save(self) -> bool:
        try:
            await self._store.streams.save(self._so_far())
        except Exception:
            log.exception("An answer on its way could not be saved")
            return False
        return True
