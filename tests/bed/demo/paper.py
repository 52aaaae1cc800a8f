"""Shows one turn of the bot as it comes, on paper: line by line. A terminal's is terminal.py."""

from __future__ import annotations

from difflib import SequenceMatcher

from .room import Frame, Room


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
