"""Lines from standard input, without blocking the event loop or the end of the program.

On a terminal each key is seen as it is pressed, and shown by whoever is told of it (terminal.py):
what the terminal showed by itself would stand in the middle of an answer that is being written.
"""

from __future__ import annotations

import asyncio
import os
import sys
import termios
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from .typed import Typed


async def lines(
    tell: Callable[[str, int], None] = lambda line, waiting: None,
) -> AsyncIterator[str]:
    """Each line once it is complete, until the end of input (Ctrl-D).

    `tell` hears of each change of the line that is being typed, and how many complete ones wait.
    """
    pressed: asyncio.Queue[bytes] = asyncio.Queue()
    complete: asyncio.Queue[str | None] = asyncio.Queue()
    threading.Thread(target=_read, args=(asyncio.get_running_loop(), pressed), daemon=True).start()

    async def type_() -> None:
        typed = Typed()
        while not typed.ended and (piece := await pressed.get()):
            for line in typed.keys(piece):
                complete.put_nowait(line.strip())
            tell(typed.line, complete.qsize())
        if typed.line:
            complete.put_nowait(typed.line.strip())
        complete.put_nowait(None)

    typing = asyncio.create_task(type_())
    try:
        while (line := await complete.get()) is not None:
            yield line
    finally:
        typing.cancel()


@contextmanager
def key_by_key() -> Iterator[None]:
    """A terminal gives each key at once, and shows none; Ctrl-C goes on to end the program."""
    terminal = sys.stdin.fileno()
    if not os.isatty(terminal):
        yield
        return
    before = termios.tcgetattr(terminal)
    now = termios.tcgetattr(terminal)
    now[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(terminal, termios.TCSADRAIN, now)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _read(loop: asyncio.AbstractEventLoop, pressed: asyncio.Queue[bytes]) -> None:
    # os.read, because a thread that waits inside sys.stdin holds a lock that the exit needs.
    piece = b"start"
    while piece:
        piece = os.read(sys.stdin.fileno(), 4096)
        try:
            loop.call_soon_threadsafe(pressed.put_nowait, piece)
        except RuntimeError:  # the loop has ended, and nobody reads on
            return
