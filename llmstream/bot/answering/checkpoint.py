"""One answer that is being written, kept in the database as far as it has come.

It only keeps; what a crash has left is finished by `repair.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from types import TracebackType
from typing import Self

from ...chunks import Chunk
from ...document import Document
from ...matrix.sending.outcome import SendError
from ..store import Answer, Streams

log = logging.getLogger(__name__)

_SAVE_EVERY = 5.0  # seconds; a new message is saved at once


class InFlight:
    """Keeps one answer from its first event on, until the block ends with its last.

    Args:
        streams: Where it is kept.
        so_far: The answer that there is if nothing comes after this document.
    """

    def __init__(self, streams: Streams, so_far: Callable[[Document], Answer]) -> None:
        self._streams = streams
        self._so_far = so_far
        self._document = Document()
        self._begun = asyncio.Event()
        self._saving: asyncio.Task[None] | None = None

    async def follow(self, chunks: AsyncGenerator[Chunk, None]) -> AsyncGenerator[Chunk, None]:
        """The same chunks, remembered."""
        async with aclosing(chunks):
            async for chunk in chunks:
                self._document.add(chunk)
                yield chunk

    def begun(self) -> None:
        """The room has another message of it."""
        self._begun.set()
        self._saving = self._saving or asyncio.create_task(self._save_now_and_again())

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
        left = self._so_far(self._document)
        if _is_half_written(error):
            await self._streams.save(left)
        else:
            await self._streams.remove(left.event_id)

    async def _save_now_and_again(self) -> None:
        while True:
            self._begun.clear()
            try:
                await self._streams.save(self._so_far(self._document))
            except Exception:
                log.exception("An answer that is being written could not be saved")
            with suppress(TimeoutError):
                async with asyncio.timeout(_SAVE_EVERY):
                    await self._begun.wait()


def _is_half_written(error: BaseException | None) -> bool:
    """Whether what has ended the block has kept the last event from being sent.

    A cancellation is heard after it; the second one, when patience has ended, in the middle of it.
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 1
    return error is not None and not isinstance(error, SendError)
