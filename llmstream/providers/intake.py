"""The bytes of a response, in fewer and larger pieces where many responses are read at once.

What reading costs is counted in pieces: a model's token is a few hundred bytes, a hundred times a
second. So a task reads, and all that has come since is one piece for who asks next. Where many
are read, it also rests, which no edit shows: what comes after a pause is given at once, and what
keeps coming once for each rest, after it. The rests of all end at the same moments: the loop
wakes for all of them at once, which is a fifth of what reading costs. What the bytes mean is
frames.py's to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from types import TracebackType
from typing import ClassVar, Self

_FEW = 4  # responses that are read without a rest
# Seconds for each further one, and at most: a sixth of the time that passes between two edits of
# one of so many answers (matrix/sending/priority.py), or less.
_REST, _LONGEST_REST = 0.01, 0.12
_TOGETHER = 0.0025  # seconds after a rest in which what has come during it is read; then given
_MOST = 256 * 1024  # bytes that are held for who is slower than the server


class Intake:
    """Reads until the block ends. `data` is closed by whoever opened the response."""

    _reading: ClassVar[int] = 0

    def __init__(self, data: AsyncIterable[bytes]) -> None:
        self._data = data
        self._held: list[bytes] = []
        self._size = 0
        self._error: Exception | None = None
        self._ended = False
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()
        self._rested_at = float("-inf")
        self._time = asyncio.get_running_loop().time

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._read())
        Intake._reading += 1
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        Intake._reading -= 1
        self._task.cancel()
        await asyncio.wait([self._task])

    async def next(self, seconds: float | None) -> bytes:
        """All that has come and was not taken yet; nothing at the end.

        Raises:
            TimeoutError: Nothing has come for so many seconds.
            Exception: What ended the reading, once all before it is taken.
        """
        async with asyncio.timeout(seconds):
            await self._arrived.wait()
        data = b"".join(self._held)
        self._held.clear()
        self._size = 0
        self._taken.set()
        if self._error and not data:
            raise self._error
        if not self._ended:
            self._arrived.clear()
        return data

    async def _read(self) -> None:
        try:
            async for piece in self._data:
                if piece:
                    rest = self._hold(piece)
                    if self._size >= _MOST:
                        await self._wait_until_taken()
                    if rest:
                        await self._rest(rest)
        except Exception as error:
            self._error = error
        finally:
            self._ended = True
            self._arrived.set()

    def _hold(self, piece: bytes) -> float:
        """Returns the seconds to rest after it."""
        self._held.append(piece)
        self._size += len(piece)
        awake = self._time() - self._rested_at
        rest = min(_LONGEST_REST, _REST * (Intake._reading - _FEW))
        if not _TOGETHER < awake <= rest:
            self._arrived.set()
        return rest if rest > 0 and awake > _TOGETHER else 0.0

    async def _wait_until_taken(self) -> None:
        self._tell()
        self._taken.clear()
        await self._taken.wait()

    async def _rest(self, seconds: float) -> None:
        await asyncio.sleep(seconds - self._time() % seconds)
        self._rested_at = self._time()
        asyncio.get_running_loop().call_later(_TOGETHER, self._tell)

    def _tell(self) -> None:
        if self._held:
            self._arrived.set()
