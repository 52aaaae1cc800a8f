"""Many messages that end close together, on a server that works on one event at a time."""

from __future__ import annotations

import asyncio
from itertools import repeat

import pytest

from llmstream.matrix.sending.scheduler import Scheduler
from tests.homeserver import Homeserver
from tests.virtual_time import virtual_time

from .writing import Text, assert_delivered

pytestmark = pytest.mark.slow


async def ends(number: int, *, within: float, busy: float = 0.015) -> list[float]:
    """How late the finals are of so many answers that end within so many seconds, sorted."""
    homeserver = Homeserver(latency=0.002)
    homeserver.busy = busy
    scheduler = Scheduler.of(homeserver.client())
    texts = [Text(scheduler, f"!{n}:example.org") for n in range(number)]
    writing = (
        text.write(repeat(0.05, 200), start=within * n / number) for n, text in enumerate(texts)
    )
    await asyncio.gather(*writing)
    for text in texts:
        assert_delivered(homeserver, text)
    return sorted(text.delay for text in texts)


@virtual_time
async def test_ends_that_the_server_has_just_time_for_do_not_wait_for_edits() -> None:
    delays = await ends(60, within=1.0)
    assert delays[-1] < 0.05


@virtual_time
@pytest.mark.parametrize("number", [20, 60])
async def test_ends_at_the_same_moment_come_as_fast_as_the_server_works(number: int) -> None:
    delays = await ends(number, within=0.0)
    assert delays[-1] < number * 0.015 + 0.05
