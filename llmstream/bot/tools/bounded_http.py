"""What a tool server may send in one response over HTTP: an `httpx2` hook that cuts off the rest.

`mcp` reads a whole response before it looks at it, unpacks what is packed, and makes an object of
each value in it, all on the event loop. So what counts is how large a response is, unpacked, and
how many values it may have; one long text costs little.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from httpx2 import Response

BYTES = 16 * 2**20
"""Of one response; of a stream of the server's own messages, in a minute."""
VALUES = 100_000
"""Likewise; objects and lists count ten times, as they cost so much more."""
_MINUTE = 60.0


async def bounded(response: Response) -> None:
    """Let its reader fail where it is larger. What is packed all the same is no JSON to them."""
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        """The stream, as far as it may go."""

        def __init__(self, stream: httpx2.AsyncByteStream, *, endless: bool) -> None:
            self._stream = stream
            self._endless = endless

        async def __aiter__(self) -> AsyncIterator[bytes]:
            counter, began = Counter(), time.monotonic()
            async for piece in self._stream:
                if self._endless and time.monotonic() - began > _MINUTE:
                    counter.begin_anew()
                    began = time.monotonic()
                if not counter.takes(piece):
                    raise httpx2.StreamError("more than a tool server may send at once")
                yield piece

        async def aclose(self) -> None:
            await self._stream.aclose()

    if "content-encoding" in response.headers:
        del response.headers["content-encoding"]
    if isinstance(response.stream, httpx2.AsyncByteStream):
        endless = response.request.method == "GET"
        response.stream = Bounded(response.stream, endless=endless)


class Counter:
    """How large a JSON text is that comes in pieces."""

    def __init__(self) -> None:
        self._bytes = self._values = 0
        self._in_text = self._escaped = False

    def begin_anew(self) -> None:
        self._bytes = self._values = 0

    def takes(self, piece: bytes) -> bool:
        """Whether this much is still allowed."""
        self._bytes += len(piece)
        if self._escaped:
            piece, self._escaped = piece[1:], not piece
        plain = piece.replace(b"\\\\", b"")
        self._escaped |= plain.endswith(b"\\")
        for part in plain.replace(b'\\"', b"").split(b'"'):
            if not self._in_text:
                opened = part.count(b"{") + part.count(b"[")
                self._values += part.count(b",") + 10 * opened
            self._in_text = not self._in_text
        self._in_text = not self._in_text  # the last part goes on in the next piece
        return self._bytes <= BYTES and self._values <= VALUES
