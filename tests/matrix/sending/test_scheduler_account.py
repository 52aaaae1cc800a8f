"""What an account's scheduler does besides messages: single events, counters, and its own end."""

from __future__ import annotations

import asyncio
import gc
from itertools import repeat

import pytest

from llmstream.matrix.sending.outcome import SendError
from llmstream.matrix.sending.scheduler import Scheduler
from tests.faults import FORBIDDEN
from tests.homeserver import Homeserver
from tests.posting import ROOM
from tests.virtual_time import virtual_time

from .writing import LONG, Text


@virtual_time
async def test_single_events_redactions_and_joins_are_sent_and_counted(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    await scheduler.join(ROOM)
    event_id = await scheduler.send(ROOM, "m.room.message", {"body": "ä"})
    await scheduler.send(ROOM, "m.reaction", {"m.relates_to": {}}, first=False)
    await scheduler.redact(ROOM, event_id, "wrong")
    kinds = [event.type for event in homeserver.events]
    assert kinds == ["m.room.member", "m.room.message", "m.reaction", "m.room.redaction"]
    assert homeserver.events[3].content == {"redacts": event_id, "reason": "wrong"}
    assert scheduler.counters.events == 4


@virtual_time
async def test_a_single_event_that_is_refused_raises(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    homeserver.order([FORBIDDEN], ROOM)
    with pytest.raises(SendError, match="User not in room"):
        await scheduler.send(ROOM, "m.room.message", {"body": "hello"})


@virtual_time
async def test_counters_tell_what_was_sent_and_what_was_merged_away(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    text = Text(scheduler)
    await text.write(LONG)
    counters = scheduler.counters
    assert counters.events == counters.edits + 1 == len(homeserver.events)
    assert counters.merged >= len(LONG) - counters.events
    assert counters.sent_bytes == sum(len(attempt.body) for attempt in homeserver.attempts)
    assert (counters.rate, counters.in_flight, counters.lanes) == (None, 0, 0)


@virtual_time
async def test_nothing_runs_when_there_is_nothing_to_send(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    text = Text(scheduler)
    await text.write(repeat(0.01, 300))
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@virtual_time
async def test_an_account_has_one_scheduler_and_its_limit_is_never_forgotten() -> None:
    homeserver = Homeserver()
    client = homeserver.client("@one:example.org")
    scheduler = Scheduler.of(client)
    assert Scheduler.of(homeserver.client("@one:example.org")) is scheduler
    assert Scheduler.of(homeserver.client("@two:example.org")) is not scheduler
    now = asyncio.get_running_loop().time()
    scheduler._account._budget.refused(now, now, 5.0)
    del scheduler
    gc.collect()
    assert Scheduler.of(client).counters.rate == 0.2
