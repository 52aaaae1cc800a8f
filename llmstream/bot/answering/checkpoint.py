"""One answer that is being written, kept in the database as far as it has come.

It only keeps; what a crash has left is finished by `repair.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from ...matrix.sending.outcome import SendError
from ..store import Answer, Streams

log = logging.getLogger(__name__)

_SAVE_EVERY = 5.0  # seconds; a new message is saved at once


class Checkpoint:
    """Keeps one answer from its first event on, until the block ends.

    It is left for the next start where nobody has called `finished()`, unless the room takes
    nothing more.

    Args:
        streams: Where it is kept.
        so_far: The answer that there is if nothing more comes.
    """

    def __init__(self, streams: Streams, so_far: Callable[[], Answer]) -> None:
        self._streams = streams
        self._so_far = so_far
        self._begun = asyncio.Event()
        self._finished = False
        self._saving: asyncio.Task[None] | None = None

    def begun(self) -> None:
        """The room has another message of it."""
        self._begun.set()
        self._saving = self._saving or asyncio.create_task(self._save_now_and_again())

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
        if self._finished or isinstance(error, SendError):
            await self._streams.remove(left.event_id)
        else:
            await self._streams.save(left)

    async def _save_now_and_again(self) -> None:
        while True:
            self._begun.clear()
            try:
                await self._streams.save(self._so_far())
            except Exception:
                log.exception("An answer that is being written could not be saved")
            with suppress(TimeoutError):
                async with asyncio.timeout(_SAVE_EVERY):
                    await self._begun.wait()
