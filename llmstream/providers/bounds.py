"""How much a server may send: every response of the packages' clients comes through here.

Memory and the event loop are the whole process's. So packed responses are unpacked here, a little
at a time, and reading ends where a server sends more than any answer has. What the bytes mean is
frames.py's to say.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from functools import cache
from typing import Any

from .failures import Failed, Failure, Kind

LARGEST_PIECE = 2 * 1024 * 1024
"""Bytes of one line, one event or one JSON document."""
LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of one response, unpacked. A token costs a few hundred of them on the wire."""
MOST_VALUES = 50_000
"""Lists and objects in one JSON document: their making takes a loop's time, not their bytes."""
MOST_CALLS = 256
"""Tool calls in one answer."""

_LARGEST_ERROR = 256 * 1024
_SLICE = 64 * 1024

ACCEPTED = {"Accept-Encoding": "gzip, deflate"}
"""The header that asks for what can be unpacked here."""


def too_large() -> Failed:
    return Failed(Failure(Kind.TOO_LARGE))


async def bound(response: Any) -> None:
    """An event hook for a response of httpx or its fork httpx2: bound its body, still unread.

    The body of an error ends early where it is too large; any other raises `Failed`.
    """
    packed = [kind.strip() for kind in response.headers.pop("content-encoding", "").split(",")]
    packed = [kind for kind in packed if kind not in ("", "identity")]
    if packed and packed not in (["gzip"], ["x-gzip"], ["deflate"]):
        raise Failed(Failure(Kind.GARBLED))
    stream = response.stream
    base = next(kind for kind in type(stream).__mro__ if kind.__name__ == "AsyncByteStream")
    response.stream = _bounded(base)(stream, bool(packed), response.is_error)


@cache
def _bounded(base: type[Any]) -> type[Any]:
    """The class of bounded streams, as a stream that this httpx takes."""

    class Bounded(base):  # type: ignore[misc]
        def __init__(self, stream: Any, packed: bool, is_error: bool) -> None:
            self._stream = stream
            self._packed = packed
            self._is_error = is_error

        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = _LARGEST_ERROR if self._is_error else LARGEST_ANSWER
            async for part in _unpacked(self._stream) if self._packed else self._stream:
                left -= len(part)
                if left < 0 and self._is_error:
                    return
                if left < 0:
                    raise too_large()
                yield part

        async def aclose(self) -> None:
            await self._stream.aclose()

    return Bounded


async def _unpacked(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    unpacker = _Unpacker()
    async for packed in stream:
        for part in unpacker.feed(packed):
            yield part
            await asyncio.sleep(0)  # a few kB of zeros are gigabytes: others have their turn


class _Unpacker:
    """gzip (also several in a row), zlib's format, and deflate without any, in small parts."""

    def __init__(self) -> None:
        self._begun = False
        self._ended = False
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def feed(self, packed: bytes) -> Iterator[bytes]:
        while packed and not self._ended:
            try:
                part = self._inflate.decompress(packed, _SLICE)
            except zlib.error:
                if self._begun:
                    raise Failed(Failure(Kind.GARBLED)) from None
                self._begun = True
                self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
                continue
            self._begun = True
            packed = self._inflate.unconsumed_tail
            if self._inflate.eof:
                packed = self._inflate.unused_data
                self._ended = not packed.startswith(b"\x1f\x8b")
                self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)
            if part:
                yield part
