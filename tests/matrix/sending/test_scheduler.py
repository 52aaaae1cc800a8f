"""One message over time: its order, its pace, its end."""

from __future__ import annotations

import asyncio
from itertools import repeat
from typing import Any

import pytest

from llmstream.matrix.sending.outcome import Reason, Refused, SendError
from llmstream.matrix.sending.scheduler import Scheduler
from tests.faults import FORBIDDEN, TOO_LARGE, UNKNOWN_EVENT, slow
from tests.homeserver import Homeserver
from tests.posting import ROOM
from tests.virtual_time import virtual_time

from .writing import LONG, Text, assert_delivered, closest, starts


def now() -> float:
    return asyncio.get_running_loop().time()


@virtual_time
async def test_a_long_answer_is_shown_smoothly_and_ends_at_once(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    text = Text(scheduler)
    await text.write(LONG)
    assert_delivered(homeserver, text)
    assert text.delay < 0.1
    assert 36 <= text.lane.edits <= 45


@virtual_time
async def test_edits_keep_the_interval_from_the_first_message_on(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    text = Text(scheduler, interval=0.75)
    await text.write(LONG)
    assert closest(starts(homeserver, ROOM)[:-1]) >= 0.75


@virtual_time
async def test_the_final_does_not_wait_for_the_interval(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    text = Text(scheduler, interval=60.0)
    text.add()
    await asyncio.sleep(1)
    text.add()
    await text.finish()
    assert text.delay < 0.1
    assert_delivered(homeserver, text)


@virtual_time
async def test_the_next_edit_waits_until_the_last_was_acknowledged(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    homeserver.order([slow(5.0), slow(5.0), slow(5.0)], ROOM)
    text = Text(scheduler)
    await text.write(repeat(0.01, 1200))
    assert_delivered(homeserver, text)
    assert closest(starts(homeserver, ROOM)) >= 5.0


@virtual_time
async def test_the_final_goes_the_moment_the_edit_before_it_is_acknowledged(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    text = Text(scheduler)
    text.add()
    await asyncio.sleep(1)
    homeserver.order([slow(3.0)], ROOM)
    text.add()
    await asyncio.sleep(0.1)
    text.add()
    await text.finish()
    assert text.delay == pytest.approx(2.9 + 4 * homeserver.latency, abs=0.01)
    assert_delivered(homeserver, text)


@virtual_time
async def test_after_the_last_edit_allowed_only_the_final_comes(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    text = Text(scheduler, max_edits=3)
    await text.write(repeat(1.0, 1000))
    assert text.lane.edits == 4
    assert_delivered(homeserver, text)


@virtual_time
async def test_nothing_is_sent_when_nothing_changes(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    text = Text(scheduler)
    text.add()
    await asyncio.sleep(5)
    for _ in range(100):
        text.lane.touch()
        await asyncio.sleep(0.1)
    assert len(homeserver.events) == 1
    text.lane.abandon()


@virtual_time
async def test_a_painter_without_news_is_not_asked_for_every_token(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    asked = 0

    def paint(final: bool) -> None:
        nonlocal asked
        asked += 1

    lane = scheduler.open(ROOM, paint)
    for _ in range(1000):
        lane.touch()
        await asyncio.sleep(0.01)
    lane.abandon()
    assert asked <= 101


@virtual_time
async def test_an_answer_that_is_complete_at_once_is_one_message(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    text = Text(scheduler)
    text.add()
    await text.finish()
    assert len(homeserver.events) == 1
    assert_delivered(homeserver, text)


@virtual_time
async def test_an_existing_message_is_written_again(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    first = Text(scheduler)
    first.add()
    await first.finish()
    again = Text(scheduler, event_id=first.lane.event_id)
    await again.write(repeat(0.1, 50))
    assert_delivered(homeserver, again)


@virtual_time
async def test_a_finish_that_is_cancelled_is_delivered_all_the_same(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    homeserver.order([slow(5.0)], ROOM)
    text = Text(scheduler)
    text.add()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await text.finish()
    assert await text.lane.finish() == text.lane.event_id
    assert_delivered(homeserver, text)


@virtual_time
async def test_an_abandoned_message_sends_nothing_more(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    text = Text(scheduler)
    text.add()
    await asyncio.sleep(1)
    text.lane.abandon()
    for _ in range(100):
        text.add()
        await asyncio.sleep(0.1)
    assert len(homeserver.events) == 1
    assert scheduler.counters.lanes == 0


@virtual_time
async def test_whoever_waits_for_an_abandoned_final_is_told(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    homeserver.order([slow(5.0)], ROOM)
    text = Text(scheduler)
    text.add()
    finishing = asyncio.create_task(text.finish())
    await asyncio.sleep(1)
    text.lane.abandon()
    with pytest.raises(SendError):
        await finishing


@virtual_time
async def test_a_painter_that_fails_fails_its_message_only(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    def paint(final: bool) -> dict[str, Any]:
        raise ZeroDivisionError

    other, lane = Text(scheduler, "!other:example.org"), scheduler.open(ROOM, paint)
    writing = asyncio.create_task(other.write(repeat(0.01, 100)))
    with pytest.raises(ZeroDivisionError):
        await lane.finish()
    await writing
    assert_delivered(homeserver, other)


@virtual_time
async def test_a_room_that_refuses_for_good_is_told_to_the_writer_and_left_alone(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    heard: list[Refused] = []

    def hear(refused: Refused) -> bool:
        heard.append(refused)
        return False

    text = Text(scheduler, on_refused=hear)
    text.add()
    await asyncio.sleep(1)
    homeserver.order([FORBIDDEN], ROOM)
    for _ in range(100):
        text.add()
        await asyncio.sleep(0.1)
    assert [refused.reason for refused in heard] == [Reason.FORBIDDEN]
    assert text.lane.refused == heard[0]
    assert len(homeserver.attempts) == 2
    homeserver.order([FORBIDDEN], ROOM)
    with pytest.raises(SendError):
        await text.finish()


@pytest.mark.parametrize("fault", [TOO_LARGE, FORBIDDEN, UNKNOWN_EVENT])
def test_a_final_that_is_refused_may_be_tried_again(fault: Any, homeserver: Homeserver) -> None:
    @virtual_time
    async def scene() -> None:
        text = Text(Scheduler.of(homeserver.client()))
        text.add()
        homeserver.order([fault], ROOM)
        with pytest.raises(SendError):
            await text.finish()
        text.add()
        await text.finish()
        assert_delivered(homeserver, text)

    scene()


@virtual_time
async def test_a_message_that_is_too_large_goes_on_once_it_is_painted_smaller(
    homeserver: Homeserver, scheduler: Scheduler
) -> None:
    def smaller(refused: Refused) -> bool:
        assert refused.reason is Reason.TOO_LARGE
        del text.words[5:]
        return True

    text = Text(scheduler, on_refused=smaller)
    text.add()
    await asyncio.sleep(1)
    homeserver.order([TOO_LARGE], ROOM)
    for _ in range(10):
        text.add()
    await asyncio.sleep(2)
    assert text.lane.event_id
    assert homeserver.shown(text.lane.event_id) == text.body
    homeserver.order([TOO_LARGE], ROOM)
    text.add()
    await text.finish()
    assert_delivered(homeserver, text)
    assert len(text.words) == 5
