"""The command: chooses faults, has each happen so often, prints what became of the answers."""

from __future__ import annotations

import argparse
import asyncio
import logging
import math
import sys
from collections.abc import Sequence
from itertools import groupby

from .case import Case, Needs
from .cases import CASES
from .house import House, Runs
from .row import HEAD, Row


async def run_all(cases: Sequence[Case], wanted: argparse.Namespace) -> int:
    """All runs of these faults, printed; of each kind of bed some are at work beside each other.

    Returns how often something was wrong.
    """
    rows = {case.name: Row(case) for case in cases}
    each = 60 * wanted.minutes / len(cases)  # seconds
    for needs, of_kind in groupby(sorted(cases, key=_needs), _needs):
        some = list(of_kind)
        alone, together = (
            Runs(chosen, wanted.runs, each * len(chosen))
            for chosen in (
                [case for case in some if not case.together],
                [case for case in some if case.together],
            )
        )

        async def work(
            needs: Needs = needs, alone: Runs = alone, together: Runs = together
        ) -> None:
            async with House.up(needs, wanted.stages, wanted.rooms) as house:
                await house.play_alone(alone, rows)
                await house.play_together(together, rows)

        await asyncio.gather(*(work() for _ in range(wanted.beds)))
        print(*(rows[case.name] for case in some), sep="\n", flush=True)
    return sum(row.bad for row in rows.values())


def _needs(case: Case) -> Needs:
    return case.needs


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.faults")
    parser.add_argument("names", nargs="*", help="faults; all of them if none is named")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--beds", type=int, default=1, help="each a Synapse and a maubot")
    parser.add_argument("--stages", type=int, default=6, help="bots of each, disturbed at once")
    parser.add_argument("--rooms", type=int, default=4, help="answers of each bot at once")
    parser.add_argument("--minutes", type=float, default=math.inf, help="in which runs are begun")
    parser.add_argument("--list", action="store_true", help="say which faults there are")
    return parser.parse_args()


async def main() -> int:
    wanted = arguments()
    chosen = [case for case in CASES if not wanted.names or case.name in wanted.names]
    if wanted.list:
        print(*(f"{case.name:22}{case.what}" for case in chosen), sep="\n")
        return 0
    logging.disable(logging.ERROR)  # what is dropped to order, and devices that nobody verifies
    print(HEAD, flush=True)
    return await run_all(chosen, wanted)


if __name__ == "__main__":
    sys.exit(min(1, asyncio.run(main())))
