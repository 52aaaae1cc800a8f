"""Shows one turn of the bot as it comes: on a terminal as it changes, on paper line by line."""

from __future__ import annotations

import sys
from difflib import SequenceMatcher

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
    """Each line once it is complete, and again where it has changed since."""
    frame = None
    written: list[str] = []
    async for frame in room.ask(text):
        lines = "\n\n".join(message.body for message in frame.messages).split("\n")
        complete = lines if frame.settled else lines[:-1]
        changes = SequenceMatcher(None, written, complete, autojunk=False).get_opcodes()
        for change, _, _, start, end in changes:
            if change in ("insert", "replace"):
                print("\n".join(complete[start:end]), flush=True)
        written = complete
    return frame
