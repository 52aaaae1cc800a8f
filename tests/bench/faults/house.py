"""A bed with several stages, on which faults happen: each stage on its own, or all at once."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from mbp.pack import pack
from tests.bed.bed import Bed
from tests.bed.models import ModelServer
from tests.bed.person import NotSeen
from tests.bed.postgres import Postgres

from .case import Case, Needs
from .row import Row
from .scene import Scene, Stage, stage
from .verdict import Question, Verdict

_GRACE = 1.0  # seconds in which a second answer would come
_LONGEST = 400.0  # seconds for a run
_SMALL_DISK = 48  # MB for a maubot


class Runs:
    """The runs that are still to be made, handed out one by one: each fault in its turn.

    Args:
        seconds: So long after the first was handed out, none is any more.
    """

    def __init__(self, cases: Iterable[Case], each: int, seconds: float) -> None:
        self._left = deque(list(cases) * each)
        self._seconds = seconds
        self._until: float | None = None

    def __iter__(self) -> Runs:
        return self

    def __next__(self) -> Case:
        if self._until is None:
            self._until = time.monotonic() + self._seconds
        if not self._left or time.monotonic() >= self._until:
            raise StopIteration
        return self._left.popleft()


class House:
    """One bed of the kind that some faults need, and its stages."""

    def __init__(
        self,
        bed: Bed,
        models: ModelServer,
        stages: Sequence[Stage],
        postgres: Postgres | None = None,
    ) -> None:
        self._bed = bed
        self._models = models
        self._stages = stages
        self._postgres = postgres

    @classmethod
    @asynccontextmanager
    async def up(cls, needs: Needs, stages: int, rooms: int) -> AsyncIterator[House]:
        """Build one; with the block it goes."""
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            built = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            postgres = await enter(Postgres.up()) if needs == "postgres" else None
            bed = await enter(
                Bed.up(
                    pack(built).read_bytes(),
                    postgres=postgres.url if postgres else "",
                    disk=_SMALL_DISK if needs == "small disk" else 0,
                )
            )
            models, encrypted = await enter(ModelServer()), needs == "encryption"
            made = await enter(built_stages(bed, models, stages, rooms, encrypted=encrypted))
            yield cls(bed, models, made, postgres)

    async def play_alone(self, runs: Runs, rows: Mapping[str, Row]) -> None:
        """Make these runs, on each stage another one."""

        async def on(one: Stage) -> None:
            for case in runs:
                await self._run(case, [one], rows[case.name])

        await asyncio.gather(*map(on, self._stages))

    async def play_together(self, runs: Runs, rows: Mapping[str, Row]) -> None:
        """Make these runs, each on all stages."""
        for case in runs:
            await self._run(case, self._stages, rows[case.name])

    async def _run(self, case: Case, stages: Sequence[Stage], row: Row) -> None:
        """One run, counted, unless the bench itself fails; what is bad is told at once."""
        scene = Scene(self._bed, self._models, stages, self._postgres)
        try:
            verdicts = await self._played(case, scene)
        except Exception as error:
            _tell(case, f"not counted: {error!r}")
            return
        row.add(verdicts, scene.free_at or time.time())
        for question, verdict in verdicts:
            if verdict.bad:
                _tell(case, f"question {question.number}: {verdict}")

    async def _played(self, case: Case, scene: Scene) -> list[tuple[Question, Verdict]]:
        try:
            await asyncio.wait_for(case.happens(scene), _LONGEST)
            await scene.are_over(case.patience)
        except (NotSeen, TimeoutError) as error:
            _tell(case, str(error).partition("\n")[0] or "it takes too long")
        scene.order(None)
        await asyncio.sleep(_GRACE)
        return await scene.verdicts(case.expected)


@asynccontextmanager
async def built_stages(
    bed: Bed, models: ModelServer, count: int, rooms: int, *, encrypted: bool = False
) -> AsyncIterator[list[Stage]]:
    """So many bots with so many rooms each; with the block they leave."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(stage(bed, models, n, rooms, encrypted=encrypted))
            for n in range(count)
        ]


def _tell(case: Case, what: str) -> None:
    print(f"  {case.name}: {what}", file=sys.stderr, flush=True)
