"""What reading costs that nobody can save: `python -m tests.bench.floor URL ANSWERS`.

Reads answers of clocked.py side by side, through the HTTP client that the packages of the
providers have, and does nothing with them. Prints processor seconds.
"""

from __future__ import annotations

import asyncio
import sys

import httpx

from .bot import processor_seconds
from .clocked import QUESTION


async def _read(client: httpx.AsyncClient, url: str, number: int) -> None:
    question = {"stream": True, "messages": [{"content": f"{QUESTION}{number}"}]}
    async with client.stream("POST", url, json=question) as response:
        async for _ in response.aiter_bytes():
            pass


async def main(url: str, answers: int) -> None:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(timeout=None, limits=limits) as client:
        before = processor_seconds()
        await asyncio.gather(*(_read(client, url, number) for number in range(answers)))
        print(processor_seconds() - before)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
