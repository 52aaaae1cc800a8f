"""The command: chooses faults, runs each so often, prints what became of the answers."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from mbp.pack import pack
from tests.bed.bed import Bed
from tests.bed.models import ModelServer
from tests.bed.person import NotSeen
from tests.bed.postgres import Postgres

from . import databases, homeserver, processes, providers, rooms
from .case import Case, Needs
from .scene import Scene, Stage, stage
from .verdict import Question, Verdict

CASES = (*homeserver.CASES, *providers.CASES, *rooms.CASES, *processes.CASES, *databases.CASES)
_GRACE = 1.0  # seconds in which a second answer would come
_SMALL_DISK = 48  # MB for a maubot


@dataclass(slots=True)
class Row:
    """One line of the table."""

    case: Case
    runs: int = 0
    answers: int = 0
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    taken_away: int = 0
    worst: float = 0.0

    def add(self, verdicts: Sequence[tuple[Question, Verdict]], free_at: float) -> None:
        """Count one run."""
        self.runs += 1
        for _, verdict in verdicts:
            self.answers += 1
            self.lost += verdict.lost
            self.doubled += verdict.doubled
            self.stuck += verdict.stuck
            self.taken_away += verdict.taken_away
            self.worst = max(self.worst, verdict.at - free_at)

    def __str__(self) -> str:
        counted = (self.runs, self.answers, self.lost, self.doubled, self.stuck, self.taken_away)
        cells = (self.case.what, *map(str, counted), f"{self.worst:.1f}")
        return f"| {' | '.join(cells)} |"


HEAD = """
| fault | runs | answers | lost | doubled | stuck | text taken away | worst delay, s |
|---|---|---|---|---|---|---|---|"""


async def run(case: Case, scene: Scene, row: Row) -> None:
    """One run, counted; what is bad is told at once."""
    try:
        await case.happens(scene)
        await scene.are_over(case.patience)
    except NotSeen as error:
        print(f"  {case.name}: {str(error).splitlines()[0]}", file=sys.stderr)
    scene.order(None)
    await asyncio.sleep(_GRACE)
    verdicts = await scene.verdicts(case.expected)
    row.add(verdicts, scene.free_at or time.time())
    for question, verdict in verdicts:
        if verdict.bad:
            print(f"  {case.name}: question {question.number}: {verdict}", file=sys.stderr)


async def run_all(
    case: Case,
    runs: int,
    bed: Bed,
    models: ModelServer,
    stages: Sequence[Stage],
    pg: Postgres | None,
) -> Row:
    """All runs of a case: all stages at once, or each on its own beside the others."""
    row = Row(case)
    if case.together:
        for _ in range(runs):
            await run(case, Scene(bed, models, stages, pg), row)
        return row

    async def alone(one: Stage, share: int) -> None:
        for _ in range(share):
            await run(case, Scene(bed, models, [one], pg), row)

    shares = [runs // len(stages) + (n < runs % len(stages)) for n in range(len(stages))]
    await asyncio.gather(*map(alone, stages, shares))
    return row


@asynccontextmanager
async def set_up(
    needs: Needs, stages: int, rooms_each: int
) -> AsyncIterator[tuple[Bed, ModelServer, list[Stage], Postgres | None]]:
    """A bed of that kind, with its bots."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        built = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pg = await enter(Postgres.up()) if needs == "postgres" else None
        bed = await enter(
            Bed.up(
                pack(built).read_bytes(),
                postgres=pg.url if pg else "",
                disk=_SMALL_DISK if needs == "small disk" else 0,
            )
        )
        models = await enter(ModelServer())
        made = [
            await enter(stage(bed, models, n, rooms_each, encrypted=needs == "encryption"))
            for n in range(stages)
        ]
        yield bed, models, made, pg


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.faults")
    parser.add_argument("names", nargs="*", help="faults; all of them if none is named")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--stages", type=int, default=6, help="bots that are disturbed at once")
    parser.add_argument("--rooms", type=int, default=4, help="answers of each at once")
    parser.add_argument("--list", action="store_true")
    wanted = parser.parse_args()
    chosen = [case for case in CASES if not wanted.names or case.name in wanted.names]
    if wanted.list:
        print(*(f"{case.name:22}{case.what}" for case in CASES), sep="\n")
        return
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # of what is dropped to order
    print(HEAD, flush=True)
    for needs, cases in groupby(sorted(chosen, key=lambda case: case.needs), lambda c: c.needs):
        async with set_up(needs, wanted.stages, wanted.rooms) as (bed, models, stages, pg):
            for case in cases:
                began = time.monotonic()
                row = await run_all(case, wanted.runs, bed, models, stages, pg)
                print(row, flush=True)
                print(f"  {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main())
