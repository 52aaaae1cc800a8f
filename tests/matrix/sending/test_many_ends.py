"""Many messages that end close together, on a server that works on one event at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import repeat

import pytest

from llmstream.matrix.sending.scheduler import Scheduler
from tests.faults import BAD_GATEWAY, DROPPED_AFTER, Answer, Fault, slow
from tests.homeserver import Homeserver
from tests.virtual_time import virtual_time

from .writing import Text, assert_delivered

pytestmark = pytest.mark.slow

# Of a proxy, which does not say for how long.
TOO_MANY = Fault(answer=Answer(429, b"<html>Too Many Requests</html>", {}), stored=False)


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


async def end_at_once(number: int, faults: Sequence[Fault], *, latency: float) -> list[float]:
    """So many messages end at the same moment, with these faults in each of their rooms; when the
    requests came, from then on.
    """
    homeserver = Homeserver(latency=latency)
    scheduler = Scheduler.of(homeserver.client())
    texts = [Text(scheduler, f"!{n}:example.org") for n in range(number)]
    for text in texts:
        text.add()
    await asyncio.sleep(30)
    before, begun = len(homeserver.attempts), asyncio.get_running_loop().time()
    for text in texts:
        homeserver.order(faults, text.room_id)
    await asyncio.gather(*(text.finish() for text in texts))
    for text in texts:
        assert_delivered(homeserver, text)
        assert len([event for event in homeserver.events if event.room_id == text.room_id]) == 2
    return [attempt.at - begun for attempt in homeserver.attempts[before:]]


@virtual_time
@pytest.mark.parametrize("number", [64, 200])
@pytest.mark.parametrize("fault", [TOO_MANY, BAD_GATEWAY, DROPPED_AFTER])
async def test_ends_that_were_turned_away_do_not_come_again_all_at_once(
    number: int, fault: Fault
) -> None:
    at = await end_at_once(number, [fault] * 2, latency=0.1)
    again = [when for when in at if when > 0.01]
    at_once = max(sum(1 for other in again if when <= other < when + 0.19) for when in again)
    assert at_once <= 32  # some have passed in the meantime


@virtual_time
async def test_a_server_that_hangs_is_not_given_all_connections() -> None:
    at = await end_at_once(200, [slow(25)], latency=0.1)
    assert sum(when < 25 for when in at) <= 90
