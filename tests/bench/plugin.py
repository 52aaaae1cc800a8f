"""What the whole plugin costs inside of maubot: `python -m tests.bench.plugin [ROW…]`.

A real Synapse with its limits raised, a real maubot, and a model server that keeps time
(clocked.py). One person asks in many rooms at once; each answer is 3,000 tokens at 10 ms. The
processor's time is that of the maubot process from the first question to the last final, the floor
that of a process which reads the same bytes and does nothing (floor.py): neither minds who else
uses the machine. Latencies do.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from mbp.pack import pack
from tests.bed.bed import Bed, Bot
from tests.bed.message import Seen
from tests.bed.models.server import Api
from tests.bed.person import Person

from .clocked import QUESTION, TOKENS, WIRES
from .streams import line

_WORKS = 90.0  # seconds, in which all answers are complete


@dataclass(frozen=True)
class Row:
    """How many answers at once, over which API."""

    api: Api
    answers: int

    @property
    def name(self) -> str:
        return f"plugin-{self.api}-{self.answers}"


ROWS = tuple(Row(api, answers) for answers in (20, 60) for api in get_args(Api))


@dataclass(frozen=True)
class Result:
    """Processor seconds of maubot and of the floor, and after its last token how late the final of
    each answer was at the server (`sent`), and with who reads it (`late`).
    """

    row: Row
    cpu: float
    floor: float
    sent: Sequence[float]
    late: Sequence[float]
    edits: float

    @property
    def chunks(self) -> int:
        return self.row.answers * TOKENS


FIGURES: dict[str, Callable[[Result], str]] = {
    "CPU, s": lambda r: f"{r.cpu:.1f}",
    "CPU a chunk, µs": lambda r: f"{r.cpu / r.chunks * 1e6:.0f}",
    "floor, µs": lambda r: f"{r.floor / r.chunks * 1e6:.0f}",
    "times the floor": lambda r: f"{r.cpu / r.floor:.2f}",
    "edits": lambda r: f"{r.edits:.1f}",
    "final at the server after last token, worst, ms": lambda r: f"{max(r.sent) * 1000:.0f}",
    "complete after last token, worst, ms": lambda r: f"{max(r.late) * 1000:.0f}",
}


async def run(bed: Bed, row: Row) -> Result:
    """Ask, and watch."""
    async with _clocked(row.api) as (port, _):
        url = f"http://127.0.0.1:{port}{WIRES[row.api].prefix}"
        floor = await _output("tests.bench.floor", url + WIRES[row.api].asks, str(row.answers))
    async with bed.person("alice") as alice, _clocked(row.api) as (port, ended):
        url = f"http://127.0.0.1:{port}{WIRES[row.api].prefix}"
        bot = await bed.bot(_configuration(row.api, url))
        rooms = [await bed.room(alice, bot) for _ in range(row.answers)]
        await asyncio.sleep(3)
        before = bed.maubot.processor_seconds()
        asked = (alice.say(room, f"!ask {QUESTION}{n}") for n, room in enumerate(rooms))
        await asyncio.gather(*asked)
        done = await alice.until(lambda: _all_done(alice, bot, rooms), _WORKS)
        cpu = bed.maubot.processor_seconds() - before
        last = await ended()
        since_1970 = time.time() - asyncio.get_running_loop().time()
        finals = [(done[room], last[str(number)]) for number, room in enumerate(rooms)]
        sent = [final.sent_at - since_1970 - at for final, at in finals]
        late = [final.arrived - at for final, at in finals]
        edits = sum(1 for seen in alice.seen if seen.edits and seen.sender == bot.user_id)
        await bed.dismiss(bot)
    return Result(row, cpu, float(floor), sent, late, edits / row.answers)


def _configuration(api: Api, url: str) -> dict[str, object]:
    provider = {"type": api, "model": "small", "base_url": url, "api_key": "sk-none"}
    return {
        "providers": {"tested": provider},
        "defaults": {"provider": "tested"},
        "limits": {"answers_at_once": 0, "waiting_per_user": 0},
    }


def _all_done(person: Person, bot: Bot, rooms: Sequence[str]) -> dict[str, Seen] | None:
    """The final of each room's answer; None while the person does not have all of them."""
    done = {
        seen.room_id: seen
        for seen in person.seen
        if seen.sender == bot.user_id
        and "dev.llmstream.answer" in seen.content.get("m.new_content", {})
    }
    return done if len(done) == len(rooms) else None


@asynccontextmanager
async def _clocked(
    api: Api,
) -> AsyncIterator[tuple[int, Callable[[], Awaitable[dict[str, float]]]]]:
    command = (sys.executable, "-m", "tests.bench.clocked", api)
    process = await asyncio.create_subprocess_exec(*command, stdin=-1, stdout=-1)
    assert process.stdin
    assert process.stdout

    async def ended() -> dict[str, float]:
        said, _ = await process.communicate(b"\n")
        times: dict[str, float] = json.loads(said)
        return times

    try:
        yield int(await process.stdout.readline()), ended
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _output(module: str, *arguments: str) -> str:
    command = (sys.executable, "-m", module, *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdout=-1)
    output, _ = await process.communicate()
    return output.decode()


async def main(names: list[str]) -> None:
    rows = [row for row in ROWS if not names or row.name in names]
    line(("row", *FIGURES))
    line("---" for _ in ("row", *FIGURES))
    with tempfile.TemporaryDirectory() as folder:
        archive = pack(Path(folder)).read_bytes()
        async with Bed.up(archive) as bed:
            for row in rows:
                result = await run(bed, row)
                line((row.name, *(figure(result) for figure in FIGURES.values())))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
