"""What may happen to one bot, once each: the short form of `python -m tests.bench.faults`."""

from __future__ import annotations

from ..bed.bed import Bed
from ..bed.models import ModelServer
from ..bench.faults.cases import SHORT
from ..bench.faults.house import House, built_stages
from ..bench.faults.row import Row


async def test_no_fault_costs_an_answer_or_doubles_it_or_leaves_it_unfinished_or_takes_text_away(
    bed: Bed, models: ModelServer
) -> None:
    rows = {case.name: Row(case) for case in SHORT}
    async with built_stages(bed, models, count=8, rooms=1) as stages:
        await House(bed, models, stages).play(SHORT, rows)
    assert [str(row) for row in rows.values() if row.bad or not row.runs] == []
