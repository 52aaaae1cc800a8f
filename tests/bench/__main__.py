"""The tables of answers in docs/benchmarks.md, in one run: `python -m tests.bench`."""

from __future__ import annotations

import asyncio
import os
import platform

from . import plugin, streams


def _machine() -> None:
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    python = platform.python_version()
    print(f"{os.cpu_count()} processors, Python {python}, load {load}\n", flush=True)


async def main() -> None:
    for table in (streams, plugin):
        _machine()
        await table.main([])
        print(flush=True)
    _machine()


asyncio.run(main())
