"""Much at once, much one after another, and nothing: `python -m tests.bench.load [ROW…]`.

    crowd    200 answers at once, two in each of 100 rooms
    soak     10,000 short answers (`--answers`), 50 at a time
    idle     an hour in which nobody says anything

on a real Synapse, whose limits are raised, and a real maubot that watches itself (watched.py).
Prints what docs/reliability.md has.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mbp.pack import pack
from tests.bed.bed import Bed, Bot
from tests.bed.maubot import Maubot
from tests.bed.models import ModelServer, Received, Reply
from tests.bed.person import Person
from tests.bed.synapse import Synapse

from .faults.verdict import Question, Verdict, is_over, judged
from .watched import FILE

CROWD_ROOMS, CROWD_WORDS, CROWD_DELAY = 100, 600, 0.05  # 20 words a second: half a minute
SOAK_ROOMS, SOAK_WORDS, SOAK_LOOKS = 50, 12, 10
IDLE = 3600.0  # seconds
_SETTLES = 5.0  # seconds after the last answer, until all that belongs to it is done
_SAVED = 60.0  # seconds after which also that is saved up to where was heard
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Place:
    """A bed with one bot, and two people who ask it."""

    bed: Bed
    models: ModelServer
    bot: Bot
    people: Sequence[Person]

    async def rooms(self, count: int) -> list[str]:
        """New ones, with all of them."""
        first, *others = self.people
        return [await self.bed.room(first, *others, self.bot) for _ in range(count)]

    async def ask(self, person: Person, room: str, words: int) -> Question:
        """Ask for so many words that no other answer has."""
        number = next(_numbers)
        event_id = await person.say(room, f"!ask question {number}, {words} words.")
        return Question(number, room, event_id, words)

    async def answered(self, questions: Sequence[Question], patience: float) -> list[Verdict]:
        """What became of these answers, when all are over or patience is."""
        watcher, bot = self.people[0], self.bot.user_id

        def all_over() -> bool:
            by_room = _by_room(watcher)
            return all(is_over(one, by_room.get(one.room_id, []), bot) for one in questions)

        try:
            await watcher.until(all_over, patience)
        except AssertionError as error:
            print(str(error).partition("\n")[0])
        by_room = _by_room(watcher)
        verdicts = [judged(one, by_room.get(one.room_id, []), bot, "whole") for one in questions]
        print(*(verdict for verdict in verdicts if verdict.bad), sep="\n", end="")
        return verdicts

    async def look(self) -> dict[str, Any]:
        """What maubot has seen of itself since the last look."""
        file = self.bed.folder / FILE
        file.unlink(missing_ok=True)
        os.kill(self.bed.maubot.server.pid, signal.SIGUSR1)
        while not file.exists():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        found: dict[str, Any] = json.loads(file.read_text())
        return found

    def tables(self) -> dict[str, int]:
        """How many rows each table of the instance has."""
        file = self.bed.folder / "plugins" / f"{self.bot.instance}.db"
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            count = "SELECT count(*) FROM "
            return {name: database.execute(count + name).fetchone()[0] for (name,) in names}


async def crowd(place: Place, wanted: argparse.Namespace) -> None:
    """All at once."""
    rooms = await place.rooms(CROWD_ROOMS)
    await place.look()
    began = time.monotonic()
    asked = (place.ask(one, room, CROWD_WORDS) for room in rooms for one in place.people)
    questions = await asyncio.gather(*asked)
    verdicts = await place.answered(questions, 300)
    seconds, found = time.monotonic() - began, await place.look()
    lost = sum(verdict.bad for verdict in verdicts)
    print(
        f"{len(verdicts)} answers of {CROWD_WORDS} words at once in {len(rooms)} rooms, "
        f"{seconds:.0f} s: {lost} not whole, peak {found['peak']:.0f} MB, longest step of the "
        f"loop {found['held'] * 1000:.0f} ms, {found['busy'] * 1000:.0f} ms of the processor "
        f"in {found['steps']:,} steps ({found['step']}; "
        f"garbage {found['collecting'] * 1000:.0f} ms)"
    )


async def soak(place: Place, wanted: argparse.Namespace) -> None:
    """Round after round; a look now and again."""
    rooms = await place.rooms(SOAK_ROOMS)
    rounds, done, lost = max(1, wanted.answers // SOAK_ROOMS), 0, 0
    until = time.monotonic() + 60 * wanted.minutes
    await place.look()
    print("| answers | not whole | MB | tasks | sockets | files | threads | timers ", end="")
    print("| longest step, ms | tables |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for number in range(rounds):
        for person in place.people:
            person.seen.clear()
        asker = place.people[number % len(place.people)]  # of one alone it thinks, they are a bot
        questions = await asyncio.gather(*(place.ask(asker, room, SOAK_WORDS) for room in rooms))
        verdicts = await place.answered(questions, 120)
        done, lost = done + len(verdicts), lost + sum(verdict.bad for verdict in verdicts)
        late = time.monotonic() > until
        if late or (number + 1) % max(1, rounds // SOAK_LOOKS) == 0 or number == 0:
            await asyncio.sleep(_SETTLES)
            found, tables = await place.look(), place.tables()
            cells = (done, lost, f"{found['rss']:.0f}", found["tasks"], found["sockets"])
            more = (
                found["files"],
                found["threads"],
                found["timers"],
                f"{found['busy'] * 1000:.0f}",
                json.dumps(tables),
            )
            print(f"| {' | '.join(map(str, (*cells, *more)))} |", flush=True)
            print(
                f"  {found['step']}; garbage {found['collecting'] * 1000:.0f} ms", file=sys.stderr
            )
        if late:
            return


async def idle(place: Place, wanted: argparse.Namespace) -> None:
    """Nothing happens."""
    await asyncio.sleep(_SAVED)
    await place.look()
    await asyncio.sleep(IDLE)
    found = await place.look()
    print(
        f"{IDLE:.0f} s of nothing: queries {found['queries']}, {found['steps']} steps, "
        f"{found['timers']} timers, the plugin's tasks {found['ours']}"
    )


ROWS = {"crowd": crowd, "soak": soak, "idle": idle}


def _by_room(person: Person) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for seen in person.seen:
        found.setdefault(seen.room_id, []).append(seen)
    return found


@asynccontextmanager
async def place() -> AsyncIterator[Place]:
    """Set it up; with the block it goes."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="llmstream-")))
        for name in ("synapse", "maubot"):
            (folder / name).mkdir()
        synapse = await enter(Synapse.up(folder / "synapse"))
        watched = (sys.executable, "-P", str(Path(__file__).with_name("watched.py")))
        maubot = await enter(Maubot.up(folder / "maubot", watched))
        await maubot.upload(pack(folder).read_bytes())
        bed, models = Bed(folder / "maubot", synapse, maubot), await enter(ModelServer())
        models.answer_with(_reply)
        people = [await enter(bed.person(name)) for name in ("alice", "bob")]
        yield Place(bed, models, await bed.bot(_configuration(models)), people)


def _configuration(models: ModelServer) -> dict[str, Any]:
    provider = {"type": "openai", "model": "small", "base_url": models.url_for("openai")}
    return {
        "providers": {"tested": provider | {"api_key": "key"}},
        "defaults": {"provider": "tested"},
        "limits": {"answers_at_once": 0, "waiting_per_user": 0},
    }


def _reply(received: Received) -> Reply:
    """So many words as the last question wants; long answers take their time."""
    said = str(received.body["messages"][-1]["content"])
    number, words = re.findall(r"question (\d+), (\d+) words", said)[-1]
    delay = CROWD_DELAY if int(words) > SOAK_WORDS else 0.0
    return Reply([f"q{number}w{n} " for n in range(int(words))], delay=delay)


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load")
    parser.add_argument("rows", nargs="*", help=", ".join(ROWS))
    parser.add_argument("--answers", type=int, default=10_000, help="of the soak")
    parser.add_argument("--minutes", type=float, default=60, help="after which the soak ends")
    wanted = parser.parse_args()
    async with place() as found:
        for name in wanted.rows or ROWS:
            await ROWS[name](found, wanted)


if __name__ == "__main__":
    asyncio.run(main())
