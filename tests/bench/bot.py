"""The process that is measured: writes answers with `llmstream.post`, and says what it cost.

A job comes as one line of JSON on standard input, the report goes to standard output. Times are
those of the machine's monotonic clock, which the observer's process shares.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from typing import Any

from mautrix.client import Client
from mautrix.client.state_store import MemoryStateStore
from mautrix.types import UserID

from llmstream import post
from llmstream.markdown.html import to_html
from llmstream.matrix.sending.budget import Learned
from llmstream.matrix.sending.scheduler import Scheduler

from .answers import markdown, tokens

TICK = 0.01


@dataclass(frozen=True)
class Work:
    """One answer: in which room, how long, in how many tokens, one every 10 ms."""

    room_id: str
    characters: int
    tokens: int
    seed: int

    @property
    def text(self) -> str:
        return markdown(self.characters, self.seed)


@dataclass(frozen=True)
class Job:
    """What the process does.

    Args:
        known: Whether the account's limit was learned before.
        floor: Bare requests instead of answers.
        before: An answer that is written before the others, and not measured.
    """

    homeserver: str
    user_id: str
    access_token: str
    works: list[Work]
    known: bool = False
    floor: bool = False
    before: Work | None = None

    @classmethod
    def read(cls, line: str) -> Job:
        given = json.loads(line)
        before = Work(**given["before"]) if given["before"] else None
        return cls(**{**given, "works": [Work(**one) for one in given["works"]], "before": before})


@dataclass(frozen=True)
class Report:
    """What it did: when the first token of all came, processor seconds, and the counters."""

    began: float
    cpu: float
    counters: dict[str, Any] = field(default_factory=dict)
    puts: list[tuple[str, float]] = field(default_factory=list)


class Clock:
    """One tick every 10 ms, for all streams: tokens come on a fixed clock, pulled or not."""

    def __init__(self) -> None:
        self.began = 0.0
        self.ticks = 0
        self._next: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self.began = loop.time()
        while True:
            self.ticks = int((loop.time() - self.began) / TICK) + 1
            done, self._next = self._next, loop.create_future()
            done.set_result(None)
            await asyncio.sleep(self.began + self.ticks * TICK - loop.time())

    async def stream(self, pieces: list[str]) -> AsyncIterator[str]:
        for number, piece in enumerate(pieces):
            while self.ticks <= number:
                await self._next
            yield piece


class Known:
    """A store that remembers Synapse's default limit, and that answers take half a minute."""

    async def load(self, account: str) -> Learned:
        return Learned(0.2, 10.0, time.time(), (("", 30.0),) * 5)

    async def save(self, account: str, learned: Learned | None) -> None:
        return None


async def write(client: Client, job: Job) -> Report:
    """Write all answers at once."""
    store = Known() if job.known else None
    scheduler = Scheduler.of(client, store)
    if job.before:
        await post(client, job.before.room_id, _ticking(job.before))
    sent_before = scheduler.counters.sent_bytes
    clock = Clock()
    pieces = [tokens(work.text, work.tokens) for work in job.works]
    to_html(markdown(3000))  # what a process does once is not counted
    before = processor_seconds()
    running = asyncio.create_task(clock.run())
    await asyncio.gather(
        *(
            post(client, work.room_id, clock.stream(each), budgets=store)
            for work, each in zip(job.works, pieces, strict=True)
        )
    )
    cpu = processor_seconds() - before
    running.cancel()
    counters = asdict(scheduler.counters)
    counters["sent_bytes"] -= sent_before
    return Report(clock.began, cpu, counters)


async def _ticking(work: Work) -> AsyncIterator[str]:
    for piece in tokens(work.text, work.tokens):
        await asyncio.sleep(TICK)
        yield piece


async def measure_floor(client: Client, job: Job) -> Report:
    """Nothing but requests, as large as a final: how fast is the machine?"""
    loop = asyncio.get_running_loop()
    scheduler = Scheduler.of(client)
    text, puts = job.works[0].text, []
    for _ in range(40):
        await asyncio.sleep(0.2)
        started = loop.time()
        content = {"msgtype": "m.text", "body": text, "formatted_body": text, "again": text}
        event_id = await scheduler.send(job.works[0].room_id, "m.room.message", content)
        puts.append((str(event_id), started))
    return Report(puts[0][1], 0.0, puts=puts)


def processor_seconds() -> float:
    """Of this process, since it began."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def main() -> None:
    job = Job.read(sys.stdin.readline())
    client = Client(
        UserID(job.user_id),
        base_url=job.homeserver,
        token=job.access_token,
        state_store=MemoryStateStore(),
    )
    try:
        report = await (measure_floor if job.floor else write)(client, job)
    finally:
        await client.api.session.close()
    print(json.dumps(asdict(report)))


if __name__ == "__main__":
    asyncio.run(main())
