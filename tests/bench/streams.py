"""How an answer reaches a person, on a real Synapse: `python -m tests.bench.streams [ROW…]`.

Each row is a new account in a process of its own (bot.py) that writes answers of 3,000 tokens at
10 ms, 10 kB of Markdown; this process is the person, whose /sync sees them. Prints the table of
docs/benchmarks.md. The floor is a bare request as large as a final, until /sync has it.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from tests.bed.message import MARK, Seen
from tests.bed.person import Person
from tests.bed.synapse import Account, Synapse

from .answers import markdown
from .bot import TICK, Job, Report, Work
from .crowd import gather_in
from .experience import Written, mean_lag, quality

LONG, LONG_TOKENS = 10_243, 3_000
LONG_WRITTEN = Written(LONG_TOKENS * TICK, len(markdown(LONG).split()))


@dataclass(frozen=True)
class Row:
    """One line of the table's left side: which server, how many answers.

    `known`: the account has met its limit before, or has written an answer without meeting one.
    """

    name: str
    limits: Literal["raised", "default"]
    streams: int
    known: bool = False
    huge: bool = False
    people: int = 0


ROWS = (
    Row("raised-1", "raised", 1, known=True),
    Row("raised-1-first-contact", "raised", 1),
    Row("raised-20", "raised", 20),
    Row("raised-20-huge", "raised", 20, huge=True),
    Row("raised-1-wide", "raised", 1, people=150),
    Row("default-1", "default", 1, known=True),
    Row("default-1-first-contact", "default", 1),
    Row("default-5", "default", 5, known=True),
    Row("default-20", "default", 20, known=True),
    Row("default-20-first-contact", "default", 20),
)


@dataclass(frozen=True)
class Shown:
    """What the person saw of one answer, in seconds from its first token."""

    first_text: float
    done: float
    last_token: float
    lag: float
    quality: float
    gap: float
    edits: int
    whole: bool


@dataclass(frozen=True)
class Result:
    """One row, measured."""

    row: Row
    shown: list[Shown]
    report: Report
    floor: float = field(default=0.0)

    @property
    def late(self) -> float:
        """Seconds from the last token to when the person had all, of the latest answer."""
        return max(shown.done - shown.last_token for shown in self.shown)

    @property
    def best(self) -> float:
        """The quality where each token is seen as soon as this machine can show it."""
        return quality(LONG_WRITTEN.seen_at_once(self.floor), LONG_WRITTEN)

    def mean(self, of: Callable[[Shown], float]) -> float:
        return statistics.mean(map(of, self.shown))


async def run(row: Row, synapse: Synapse) -> Result:
    """Let a bot of its own write, and watch."""
    bot = await synapse.register(f"bot-{row.name}-{os.urandom(3).hex()}")
    alice = await synapse.register(f"alice-{row.name}-{os.urandom(3).hex()}")
    for account in (bot, alice):
        await synapse.override_ratelimit(account.user_id)
    async with (
        Person.present(synapse.url, alice) as person,
        Person.present(synapse.url, bot) as me,
    ):
        works = []
        before = None
        if row.known and row.limits == "raised":
            room_id = await gather_in(synapse, person, 0)
            await me.join(room_id)
            before = Work(room_id, LONG // 2, LONG_TOKENS // 2, row.streams)
        for number in range(row.streams + row.huge):
            room_id = await gather_in(synapse, person, row.people)
            await me.join(room_id)
            huge = number == row.streams
            works.append(Work(room_id, 200_000 if huge else LONG, LONG_TOKENS, number))
        await asyncio.sleep(1)
        floor = await _floor(synapse, bot, person, works[0])
    async with Person.present(synapse.url, alice) as person:
        if row.limits == "default":
            await synapse.restore_ratelimit(bot.user_id)
        known = row.known and row.limits == "default"
        report = await _work(synapse, bot, works, known=known, before=before)
        texts = {work.room_id: work.text for work in works}
        judged = works[: row.streams]
        await person.until(lambda: all(_complete(person, bot, w, texts) for w in judged), 60)
        shown = [_judge(person, bot, work, report.began) for work in judged]
    return Result(row, shown, report, floor)


async def _work(synapse: Synapse, bot: Account, works: list[Work], **how: Any) -> Report:
    job = Job(synapse.url, bot.user_id, bot.access_token, works, **how)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.bot", stdin=-1, stdout=-1
    )
    output, _ = await process.communicate(json.dumps(asdict(job)).encode() + b"\n")
    return Report(**json.loads(output))


async def _floor(synapse: Synapse, bot: Account, person: Person, work: Work) -> float:
    """The median from a request to the person's sync."""
    report = await _work(synapse, bot, [work], floor=True)
    last = report.puts[-1][0]
    await person.sees(lambda seen: seen.id == last)
    arrived = {seen.id: seen.arrived for seen in person.seen}
    return statistics.median(arrived[event_id] - at for event_id, at in report.puts)


def _bodies(person: Person, bot: Account, room_id: str) -> list[tuple[float, str]]:
    """What the room showed, and from when on."""
    return [
        (seen.arrived, _body(seen))
        for seen in person.seen
        if (seen.room_id, seen.sender, seen.type) == (room_id, bot.user_id, "m.room.message")
        and "again" not in seen.content
    ]


def _body(seen: Seen) -> str:
    content: dict[str, Any] = seen.content.get("m.new_content", seen.content)
    return str(content["body"]).removeprefix(MARK)


def _complete(person: Person, bot: Account, work: Work, texts: dict[str, str]) -> bool:
    bodies = _bodies(person, bot, work.room_id)
    return bool(bodies) and bodies[-1][1] == texts[work.room_id]


def _judge(person: Person, bot: Account, work: Work, began: float) -> Shown:
    bodies = [(at - began, body) for at, body in _bodies(person, bot, work.room_id)]
    last_token = (work.tokens - 1) * TICK
    visible = [(at, _common(body, work.text)) for at, body in bodies]
    seen = [(at, length / len(work.text)) for at, length in visible]
    written = Written(work.tokens * TICK, len(work.text.split()))
    times = [at for at, _ in visible]
    return Shown(
        first_text=next(at for at, length in visible if length),
        done=times[-1],
        last_token=last_token,
        lag=mean_lag(seen, written),
        quality=quality(seen, written),
        gap=max((b - a for a, b in pairwise([0.0, *times]) if a < last_token), default=0.0),
        edits=len(bodies) - 1,
        whole=bodies[-1][1] == work.text,
    )


def _common(body: str, text: str) -> int:
    """How many characters of the text are shown: up to where an unfinished edit was healed."""
    differs = (
        n for n, (shown, written) in enumerate(zip(body, text, strict=False)) if shown != written
    )
    return next(differs, min(len(body), len(text)))


FIGURES: dict[str, Callable[[Result], str]] = {
    "first text, ms": lambda r: f"{r.mean(lambda s: s.first_text) * 1000:.0f}",
    "complete after last token, worst, ms": lambda r: f"{r.late * 1000:.0f}",
    "floor, ms": lambda r: f"{r.floor * 1000:.0f}",
    "edits": lambda r: f"{r.mean(lambda s: s.edits):.1f}",
    "MB": lambda r: f"{r.report.counters['sent_bytes'] / 1e6:.2f}",
    "mean lag, ms": lambda r: f"{r.mean(lambda s: s.lag) * 1000:.0f}",
    "QoE": lambda r: f"{r.mean(lambda s: s.quality):.3f}",
    "QoE of the floor": lambda r: f"{r.best:.3f}",
    "worst gap, s": lambda r: f"{max(s.gap for s in r.shown):.1f}",
    "CPU, s": lambda r: f"{r.report.cpu:.2f}",
    "429s": lambda r: str(r.report.counters["rate_limited"]),
    "all complete, s": lambda r: f"{max(s.done for s in r.shown):.1f}",
    "whole": lambda r: f"{sum(s.whole for s in r.shown)}/{len(r.shown)}",
}


def line(cells: Iterable[str]) -> None:
    """A line of a table."""
    print("| " + " | ".join(cells) + " |", flush=True)


async def main(names: list[str]) -> None:
    rows = [row for row in ROWS if not names or row.name in names]
    line(("row", *FIGURES))
    line("---" for _ in ("row", *FIGURES))
    for limits in ("raised", "default"):
        chosen = [row for row in rows if row.limits == limits]
        if not chosen:
            continue
        with tempfile.TemporaryDirectory() as folder:
            async with Synapse.up(Path(folder), limits=limits) as synapse:
                for row in chosen:
                    result = await run(row, synapse)
                    line((row.name, *(figure(result) for figure in FIGURES.values())))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
