"""Shows one turn of the bot as it comes: on a terminal as it changes, on paper line by line."""

from __future__ import annotations

import sys
from itertools import zip_longest

from rich.console import Console
from rich.live import Live

from . import screen
from .room import Frame, Room


async def watch(room: Room, text: str) -> Frame | None:
    """Say something and show what comes. Returns the last of it, None where nothing came."""
    show = on_terminal if sys.stdout.isatty() else on_paper
    return await show(room, text)


async def on_terminal(room: Room, text: str) -> Frame | None:
    console = Console()
    frame = None
    with Live(console=console, auto_refresh=False, transient=True) as live:
        async for frame in room.ask(text):
            shown = screen.conversation(frame.messages, typing=frame.typing)
            live.update(screen.LastLines(shown), refresh=True)
    if frame is not None:
        console.print(screen.conversation(frame.messages, typing=False))
    return frame


async def on_paper(room: Room, text: str) -> Frame | None:
    """Whole lines, each once it is complete; where lines have changed, from there on again."""
    frame = None
    written: list[str] = []
    async for frame in room.ask(text):
        lines = "\n\n".join(message.body for message in frame.messages).split("\n")
        complete = lines if frame.settled else lines[:-1]
        new = complete[_same(written, complete) :]
        if new:
            print("\n".join(new), flush=True)
        written = complete
    return frame


def _same(before: list[str], after: list[str]) -> int:
    """How many lines at the beginning are the same."""
    pairs = enumerate(zip_longest(before, after))
    return next((at for at, (one, other) in pairs if one != other), len(after))
