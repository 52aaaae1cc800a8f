"""A room on this machine, to watch an answer being written."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path

from rich.console import Console

from mbp.pack import pack

from ..bed import Bed
from ..maubot import ADMIN
from ..synapse import Limits
from . import keyboard
from .model import Model, choose
from .paper import on_paper
from .room import Frame, Room
from .terminal import Terminal

DIST = Path(__file__).resolve().parents[3] / "dist"
notes = Console(stderr=True, highlight=False)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./build.sh demo", description=__doc__)
    parser.add_argument("--once", metavar="QUESTION", help="ask one question and leave")
    parser.add_argument(
        "--limits",
        choices=("raised", "default"),
        default="raised",
        help="what Synapse lets the bot send (default: 10 events, then one in 5 s)",
    )
    return parser.parse_args()


async def demo(archive: bytes, wanted: argparse.Namespace) -> int:
    """Returns the exit status."""
    async with furnished(archive, wanted.limits) as (bed, room, model):
        if wanted.once is not None:
            return await once(room, wanted.once)
        introduce(bed, room, model)
        await chat(room)
        return 0


@asynccontextmanager
async def furnished(archive: bytes, limits: Limits) -> AsyncIterator[tuple[Bed, Room, Model]]:
    """A bed with one person and one bot in a room; says what it is doing while it starts."""
    with notes.status("Starting…") as status:

        def progress(step: str) -> None:
            status.update(f"{step}…")
            if not notes.is_terminal:
                notes.print(f"{step}…")

        model = await choose(os.environ)
        async with (
            Bed.up(archive, limits=limits, progress=progress) as bed,
            bed.person("you") as person,
        ):
            progress("Creating bot and room")
            room = await Room.furnish(bed, person, model)
            status.stop()
            yield bed, room, model


def introduce(bed: Bed, room: Room, model: Model) -> None:
    person = room.person
    notes.print(
        f"\n[bold]llmstream[/] answers with {model.described}.\n"
        "Ask something, or type !llm for settings.\n"
        "Ctrl-C ends everything.\n\n"
        "With a client of your own:\n"
        f"  homeserver  [bold]{bed.synapse.url}[/]\n"
        f"  user        [bold]{person.user_id}[/]\n"
        f"  password    [bold]{person.account.password}[/]\n"
        "maubot's web UI:\n"
        f"  [bold]{bed.maubot.web_ui}[/]\n"
        f"  user        [bold]{ADMIN}[/]\n"
        f"  password    [bold]{bed.maubot.password}[/]\n"
    )


async def chat(room: Room) -> None:
    """Lines from the keyboard, each with what the bot says to it, until the end of input."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        async for line in keyboard.lines():
            if line and not _settled(await on_paper(room, line)):
                notes.print("Nothing (more) comes.")
        return
    with Terminal() as terminal:
        terminal.typed("", 0)
        async for line in keyboard.lines(terminal.typed):
            if line:
                terminal.asked(line)
                await terminal.watch(room, line)


async def once(room: Room, question: str) -> int:
    """Returns the exit status: 0 where an answer came to its end."""
    if sys.stdout.isatty():
        with Terminal() as terminal:
            frame = await terminal.watch(room, question)
    else:
        frame = await on_paper(room, question)
    if frame is None or not _settled(frame):
        notes.print("No answer came.")
        return 1
    return 0


def _settled(frame: Frame | None) -> bool:
    return frame is not None and frame.settled


def main() -> int:
    wanted = arguments()
    archive = pack(DIST).read_bytes()
    # A shell makes what it starts in the background deaf to SIGINT, which ends us all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda *_: signal.raise_signal(signal.SIGINT))
    keys = keyboard.key_by_key() if wanted.once is None else nullcontext()
    with suppress(KeyboardInterrupt), keys:
        return asyncio.run(demo(archive, wanted))
    return 130


if __name__ == "__main__":
    raise SystemExit(main())
