"""What an earlier process has counted for an answer stays counted, whatever comes then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from llmstream.bot.config import Limits
from llmstream.bot.room.limits import Gate, Refusal
from llmstream.bot.store import Spending, Store, Usage
from llmstream.bot.store.in_time import InTime
from llmstream.chunks import Usage as Tokens

from ..store.database import database
from .test_limits import ASKING, use

BEFORE = 5000
GOES_ON = replace(ASKING, id="the-one")


class Failing(Usage):
    """A table of which nothing can be read, once it is told so, or that is slow to write."""

    fails, is_slow = False, False

    def __init__(self, database: InTime) -> None:
        super().__init__(database)
        self.has_written = asyncio.Event()

    async def used(self, id: str) -> Tokens | None:
        if self.fails:
            raise TimeoutError
        return await super().used(id)

    async def reserve(self, estimated: Spending) -> None:
        await super().reserve(estimated)
        self.has_written.set()
        if self.is_slow:
            await asyncio.Event().wait()


@pytest.fixture
async def usage() -> AsyncIterator[Failing]:
    """An earlier process has used so much, and had no time to settle it."""
    async with database() as opened:
        usage = Failing(Store(opened).usage._database)
        at = time.time() - 60
        await usage.reserve(Spending("the-one", "!a:x", "@ann:x", "work", "gpt", 0, BEFORE, at))
        yield usage


async def test_a_refusal_takes_nothing_of_it_away(usage: Failing) -> None:
    with pytest.raises(Refusal):
        await use(Gate(usage), 1, GOES_ON, Limits(tokens_per_user_per_day=1))
    assert (await usage.total(0)).output_tokens == BEFORE


async def test_nor_does_a_stop_while_it_is_counted(usage: Failing) -> None:
    usage.is_slow = True
    usage.has_written.clear()
    asking = asyncio.create_task(use(Gate(usage), 1, GOES_ON))
    await usage.has_written.wait()
    asking.cancel()
    await asyncio.wait([asking])
    total = await usage.total(0)
    assert (total.answers, total.output_tokens, total.unsettled) == (1, BEFORE, 0)


async def test_nor_a_database_that_does_not_say_what_it_was(usage: Failing) -> None:
    usage.fails = True
    await use(Gate(usage), 10, GOES_ON)
    assert (await usage.total(0)).output_tokens >= BEFORE
