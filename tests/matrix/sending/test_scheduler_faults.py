"""Whatever the server and the network do: nothing lost, nothing twice, nothing after the final."""

from __future__ import annotations

import asyncio
import json
from itertools import repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmstream.matrix.sending.scheduler import Scheduler
from tests.faults import (
    BAD_GATEWAY,
    BAD_GATEWAY_AFTER,
    DROPPED_AFTER,
    DROPPED_BEFORE,
    FINE,
    HANGS,
    JSON,
    TOO_LARGE,
    Answer,
    Fault,
    slow,
)
from tests.homeserver import Homeserver
from tests.limiter import Limiter
from tests.virtual_time import run_virtual, virtual_time

from .writing import LONG, Text, assert_delivered, closest

LIMITED = Fault(
    answer=Answer(429, b'{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":800}'), stored=False
)
LIMITED_BY_PROXY = Fault(answer=Answer(429, b"slow down", {}), stored=False)
GATEWAY_GAVE_UP = Fault(answer=Answer(504, b"", {}), after=5.0)
REFUSED_BY_PROXY = Fault(answer=Answer(403, b"<html>Forbidden</html>", {}), stored=False)
NOT_FOUND_BY_PROXY = Fault(answer=Answer(404, b"404 page not found", {}), stored=False)
UNREADABLE = Fault(answer=Answer(200, b"<html>"))

FAULTS = [
    FINE,
    slow(0.7),
    slow(4.0),
    HANGS,
    DROPPED_BEFORE,
    DROPPED_AFTER,
    BAD_GATEWAY,
    BAD_GATEWAY_AFTER,
    GATEWAY_GAVE_UP,
    UNREADABLE,
    LIMITED,
    LIMITED_BY_PROXY,
    REFUSED_BY_PROXY,
    NOT_FOUND_BY_PROXY,
]
UNKNOWN_OUTCOME = [HANGS, DROPPED_BEFORE, DROPPED_AFTER, GATEWAY_GAVE_UP, UNREADABLE]

faults = st.lists(st.sampled_from(FAULTS), max_size=12)
gaps = st.lists(st.one_of(st.just(0.01), st.floats(0.0, 0.3), st.floats(0.0, 8.0)), max_size=80)


def assert_orderly(homeserver: Homeserver, text: Text) -> None:
    """Edits apart, contents and transactions one to one, the final once in effect."""
    assert_delivered(homeserver, text)
    attempts = [a for a in homeserver.attempts if a.room_id == text.room_id]
    finals = [a for a in attempts if b"(end)" in a.body]
    assert attempts[-len(finals) :] == finals
    assert len({attempt.transaction_id for attempt in finals}) == 1
    bodies = {attempt.transaction_id: attempt.body for attempt in attempts}
    assert all(bodies[attempt.transaction_id] == attempt.body for attempt in attempts)
    assert closest([a.at for a in attempts if a not in finals]) >= 0.5


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(gaps=gaps, faults=faults, limited=st.booleans())
def test_nothing_is_lost_whatever_happens(
    gaps: list[float], faults: list[Fault], limited: bool
) -> None:
    async def scene() -> None:
        homeserver = Homeserver(Limiter if limited else None)
        homeserver.order(faults)
        text = Text(Scheduler.of(homeserver.client()))
        await text.write(gaps)
        await asyncio.sleep(60)  # what still hangs arrives
        assert_orderly(homeserver, text)

    run_virtual(scene())


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    streams=st.lists(st.tuples(st.floats(0, 20), st.integers(0, 800), faults), max_size=8),
    limited=st.booleans(),
)
def test_nothing_is_lost_in_many_rooms(
    streams: list[tuple[float, int, list[Fault]]], limited: bool
) -> None:
    async def scene() -> None:
        homeserver = Homeserver(Limiter if limited else None)
        scheduler = Scheduler.of(homeserver.client())
        texts = []
        async with asyncio.TaskGroup() as group:
            for number, (start, words, faults) in enumerate(streams):
                text = Text(scheduler, f"!room{number}:example.org")
                homeserver.order(faults, text.room_id)
                group.create_task(text.write(repeat(0.01, words), start=start))
                texts.append(text)
        await asyncio.sleep(60)
        for text in texts:
            assert_orderly(homeserver, text)

    run_virtual(scene())


@pytest.mark.parametrize("fault", UNKNOWN_OUTCOME)
def test_a_first_message_of_unknown_fate_never_comes_twice(fault: Fault) -> None:
    @virtual_time
    async def scene() -> None:
        homeserver = Homeserver()
        homeserver.order([fault, fault])
        text = Text(Scheduler.of(homeserver.client()))
        await text.write(repeat(0.05, 40))
        assert_orderly(homeserver, text)
        first, second, third = homeserver.attempts[:3]
        assert first.body == second.body == third.body
        assert first.transaction_id == second.transaction_id == third.transaction_id

    scene()


@pytest.mark.parametrize("fault", UNKNOWN_OUTCOME)
def test_an_edit_of_unknown_fate_never_overwrites_the_final(fault: Fault) -> None:
    @virtual_time
    async def scene() -> None:
        homeserver = Homeserver()
        text = Text(Scheduler.of(homeserver.client()))
        text.add()
        await asyncio.sleep(1)
        homeserver.order([fault])
        text.add()
        await asyncio.sleep(1)
        await text.finish()
        await asyncio.sleep(60)
        assert_orderly(homeserver, text)

    scene()


@pytest.mark.parametrize("fault", [BAD_GATEWAY, LIMITED])
def test_an_edit_that_was_not_taken_is_painted_anew(fault: Fault) -> None:
    @virtual_time
    async def scene() -> None:
        homeserver = Homeserver()
        text = Text(Scheduler.of(homeserver.client()))
        text.add()
        await asyncio.sleep(1)
        homeserver.order([fault])
        await text.write(repeat(0.05, 100))
        refused, following = homeserver.attempts[1:3]
        assert len(json.loads(following.body)["m.new_content"]["body"]) > len(
            json.loads(refused.body)["m.new_content"]["body"]
        )

    scene()


@virtual_time
async def test_a_final_survives_an_hour_without_a_server() -> None:
    homeserver = Homeserver()
    text = Text(Scheduler.of(homeserver.client()))
    text.add()
    await asyncio.sleep(1)
    text.add()
    homeserver.order([DROPPED_BEFORE] * 200)
    await text.finish()
    assert_orderly(homeserver, text)
    assert text.delay > 1800
    assert closest([attempt.at for attempt in homeserver.attempts][-150:]) > 10


@virtual_time
async def test_a_room_that_hangs_delays_no_other() -> None:
    homeserver = Homeserver()
    scheduler = Scheduler.of(homeserver.client())
    stuck = [Text(scheduler, f"!stuck{n}:example.org") for n in range(30)]
    for text in stuck:
        homeserver.order([HANGS] * 50, text.room_id)
        text.add()
    await asyncio.sleep(1)
    healthy = Text(scheduler)
    await healthy.write(LONG)
    assert_delivered(homeserver, healthy)
    assert healthy.delay < 3
    assert healthy.lane.edits >= 30
    for text in stuck:
        text.lane.abandon()


@pytest.mark.slow
@virtual_time
async def test_a_room_that_refuses_everything_delays_no_other() -> None:
    homeserver = Homeserver()
    scheduler = Scheduler.of(homeserver.client())
    bad, texts = Text(scheduler, "!bad:example.org", on_refused=lambda refused: True), []
    homeserver.order([TOO_LARGE] * 1000, bad.room_id)
    async with asyncio.TaskGroup() as group:
        for number in range(20):
            texts.append(Text(scheduler, f"!room{number}:example.org"))
            group.create_task(texts[-1].write(LONG))
        for _ in range(3000):
            await asyncio.sleep(0.01)
            bad.add()
        bad.lane.abandon()
    for text in texts:
        assert_delivered(homeserver, text)
        assert text.lane.edits >= 30


@pytest.mark.slow
@virtual_time
async def test_a_slow_server_gets_fewer_requests_at_once_and_all_rooms_the_same() -> None:
    homeserver = Homeserver()
    homeserver.busy = 0.2
    scheduler = Scheduler.of(homeserver.client())
    texts = [Text(scheduler, f"!room{number}:example.org") for number in range(50)]
    writing = asyncio.gather(*(text.write(repeat(0.01, 6000)) for text in texts))
    await asyncio.sleep(30)
    assert scheduler.counters.in_flight <= 10
    await writing
    for text in texts:
        assert_delivered(homeserver, text)
    edits = [text.lane.edits for text in texts]
    assert max(edits) - min(edits) <= 2
    assert sum(edits) >= 250


def proxy(headers: dict[str, str], body: bytes = b"<html>Too Many Requests</html>") -> Fault:
    return Fault(answer=Answer(429, body, headers), stored=False)


@pytest.mark.parametrize(
    ("limited", "longest"),
    [
        (proxy({"Retry-After": "4"}), 4.5),
        (proxy({"Retry-After": "Fri, 01 Jan 1990 00:00:00 GMT"}), 1.0),
        (proxy({}), 2.5),
        (proxy({"Retry-After": "soon"}, b"[]"), 2.5),
        (proxy(JSON, b'{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":3000}'), 3.5),
        (proxy(JSON, b'{"errcode":"M_LIMIT_EXCEEDED"}'), 2.5),
    ],
)
def test_a_refusal_of_any_shape_is_waited_for(limited: Fault, longest: float) -> None:
    @virtual_time
    async def scene() -> None:
        homeserver = Homeserver()
        homeserver.order([limited])
        text = Text(Scheduler.of(homeserver.client()))
        text.add()
        await text.finish()
        assert_delivered(homeserver, text)
        assert text.delay <= longest
        first, second = homeserver.attempts
        assert first.transaction_id == second.transaction_id

    scene()
