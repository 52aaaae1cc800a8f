"""One answer that is being written, kept in the database as far as it has come.

It only keeps; what a crash has left is finished by `repair.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from ...matrix.sending.outcome import Reason, SendError
from ..store import Streams, Unfinished
from ..store.writing import noted

log = logging.getLogger(__name__)


class Checkpoint:
    """Keeps one answer from its first event on, until the block ends.

    It is left for the next start where nobody has called `finished()`, unless its message is gone.

    Args:
        streams: Where it is kept.
        so_far: What is to be finished if nothing more comes.
    """

    def __init__(self, streams: Streams, so_far: Callable[[], Unfinished]) -> None:
        self._streams = streams
        self._so_far = so_far
        self._changed = asyncio.Event()
        self._finished = False
        self._saving: asyncio.Task[None] | None = None

    def begun(self) -> None:
        """The room has another message of it."""
        self._changed.set()
        self._saving = self._saving or asyncio.create_task(self._save_each_change())

    def changed(self) -> None:
        """The room is about to see more of it: what is kept must never be less."""
        self._changed.set()

    def finished(self) -> None:
        """The room has all of it."""
        self._finished = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._saving is None:
            return
        self._saving.cancel()
        await asyncio.wait([self._saving])
        left = self._so_far()
        gone = isinstance(error, SendError) and error.refused.reason is Reason.GONE
        if self._finished or gone:
            await noted(partial(self._streams.remove, left.answer.event_id))
        else:
            await noted(partial(self._streams.save, left))

    async def _save_each_change(self) -> None:
        while await self._changed.wait():
            self._changed.clear()
            try:
                await self._streams.save(self._so_far())
            except Exception:
                log.exception("An answer that is being written could not be saved")
