"""Lines from standard input, without blocking the event loop or the end of the program."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator


async def lines() -> AsyncIterator[str]:
    """Each line as it is typed, until the end of input (Ctrl-D)."""
    typed: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    threading.Thread(target=_read, args=(loop, typed), daemon=True).start()
    rest = b""
    while piece := await typed.get():
        *complete, rest = (rest + piece).split(b"\n")
        for line in complete:
            yield line.decode(errors="replace").strip()
    if rest:
        yield rest.decode(errors="replace").strip()


def _read(loop: asyncio.AbstractEventLoop, typed: asyncio.Queue[bytes]) -> None:
    # os.read, because a thread that waits inside sys.stdin holds a lock that the exit needs.
    piece = b"start"
    while piece:
        piece = os.read(sys.stdin.fileno(), 4096)
        try:
            loop.call_soon_threadsafe(typed.put_nowait, piece)
        except RuntimeError:  # the loop has ended, and nobody reads on
            return
