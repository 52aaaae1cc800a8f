"""A bed with several stages, on which faults happen: each stage on its own, or all at once."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
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

    async def play(
        self, runs: Iterable[Case], rows: Mapping[str, Row], *, together: bool = False
    ) -> None:
        """Make these runs: on each stage another one, or each on all stages together."""
        shared = iter(runs)

        async def on(*stages: Stage) -> None:
            for case in shared:
                await self._run(case, stages, rows[case.name])

        if together:
            await on(*self._stages)
        else:
            await asyncio.gather(*map(on, self._stages))

    async def _run(self, case: Case, stages: Sequence[Stage], row: Row) -> None:
        """One run, counted, unless the bench itself fails; what is bad is told at once."""
        scene = Scene(self._bed, self._models, stages, self._postgres)
        began_at = time.monotonic()
        try:
            verdicts = await self._played(case, scene)
        except Exception as error:
            _tell(case, f"not counted: {error!r}")
            return
        row.add(verdicts, scene.free_at or time.time(), time.monotonic() - began_at)
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
