"""The command: chooses faults, has each happen so often, prints what became of the answers."""

from __future__ import annotations

import argparse
import asyncio
import logging
import math
import sys
from collections.abc import Sequence

from .beds import Beds
from .case import Case
from .cases import CASES
from .row import HEAD, Row


async def run_all(cases: Sequence[Case], wanted: argparse.Namespace) -> int:
    """All runs of these faults, and the table. Returns how often something was wrong."""
    rows = {case.name: Row(case) for case in cases}
    beds = Beds(wanted.beds, wanted.stages, wanted.rooms)
    try:
        await beds.play(cases, wanted.runs, 60 * wanted.minutes, rows)
    finally:
        print(HEAD, *rows.values(), sep="\n", flush=True)
        for row in sorted(rows.values(), key=lambda row: row.seconds_each):
            print(f"  {row.case.name:22}{row.seconds_each:5.1f} s a run", file=sys.stderr)
    return sum(row.bad for row in rows.values())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.faults")
    parser.add_argument("names", nargs="*", help="faults; all of them if none is named")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--beds", type=int, default=6, help="each a Synapse and a maubot")
    parser.add_argument("--stages", type=int, default=16, help="bots of a bed, each by itself")
    parser.add_argument("--rooms", type=int, default=2, help="answers of each bot at once")
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
    return await run_all(chosen, wanted)


if __name__ == "__main__":
    sys.exit(min(1, asyncio.run(main())))
