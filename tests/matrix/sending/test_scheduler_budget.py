"""Many messages on one account, under Synapse's default limit: what is spent on what."""

from __future__ import annotations

import asyncio
from itertools import pairwise, repeat

import pytest

from llmstream.matrix.sending.budget import Learned
from llmstream.matrix.sending.scheduler import Scheduler
from tests.homeserver import Homeserver
from tests.limiter import Limiter
from tests.virtual_time import virtual_time

from .writing import LONG, SYNAPSE, Remembered, Text, assert_delivered, closest, starts

pytestmark = pytest.mark.slow


def rooms(number: int) -> list[str]:
    return [f"!room{n}:example.org" for n in range(number)]


@pytest.fixture
def homeserver() -> Homeserver:
    return Homeserver(Limiter)


@pytest.fixture
def known(homeserver: Homeserver) -> Scheduler:
    """A scheduler that has learned the limit before."""
    return Scheduler.of(homeserver.client(), Remembered(SYNAPSE))


@pytest.fixture
def unknown(homeserver: Homeserver) -> Scheduler:
    """A scheduler that has never been refused."""
    return Scheduler.of(homeserver.client(), Remembered())


async def write_all(texts: list[Text]) -> None:
    await asyncio.gather(*(text.write(LONG) for text in texts))


def mean_lag(homeserver: Homeserver, text: Text) -> float:
    """Seconds that the visible text was behind the words that had come, on average."""
    behind, shown_at, shown = 0.0, 0.01, 0
    for event in (e for e in homeserver.events if e.room_id == text.room_id):
        words = len(event.content.get("m.new_content", event.content)["body"].split())
        gap = event.at - shown_at
        behind += gap * ((shown_at - 0.01 * shown) + gap / 2)
        shown_at, shown = event.at, words
    return behind / 30


@virtual_time
async def test_one_long_answer_under_a_known_limit_is_never_refused(
    homeserver: Homeserver, known: Scheduler
) -> None:
    text = Text(known)
    await text.write(LONG)
    assert_delivered(homeserver, text)
    assert homeserver.refusals == 0
    assert text.delay < 0.1
    assert mean_lag(homeserver, text) < 2.5


@virtual_time
async def test_the_first_contact_with_a_limit_costs_two_refusals_at_most(
    homeserver: Homeserver, unknown: Scheduler
) -> None:
    text = Text(unknown)
    await text.write(LONG)
    assert_delivered(homeserver, text)
    assert homeserver.refusals <= 2
    assert text.delay < 0.1
    assert (unknown.counters.rate, unknown.counters.size) == (0.2, 10.0)


@virtual_time
@pytest.mark.parametrize("seconds", [10, 12, 15, 30, 60])
async def test_the_first_contact_with_a_limit_is_no_stall(
    homeserver: Homeserver, unknown: Scheduler, seconds: int
) -> None:
    text = Text(unknown)
    await text.write(repeat(0.01, 100 * seconds))
    shown = [event.at for event in homeserver.events]
    assert max(later - earlier for earlier, later in pairwise(shown)) < 5.02
    assert text.delay < 0.1
    assert homeserver.refusals <= 1


@virtual_time
async def test_a_server_without_a_limit_is_known_by_a_dozen_events() -> None:
    homeserver = Homeserver()
    scheduler = Scheduler.of(homeserver.client(), Remembered())
    first = Text(scheduler, "!1:example.org")
    await first.write(LONG)
    second = Text(scheduler, "!2:example.org")
    await second.write(LONG)
    assert mean_lag(homeserver, first) < 0.43
    assert max(b.at - a.at for a, b in pairwise(homeserver.messages_of("$event0"))) < 1.1
    assert second.lane.edits > first.lane.edits >= 36


@virtual_time
async def test_tokens_kept_back_are_there_when_five_finals_come_at_once(
    homeserver: Homeserver, known: Scheduler
) -> None:
    texts = [Text(known, room) for room in rooms(5)]
    await write_all(texts)
    for text in texts:
        assert_delivered(homeserver, text)
        assert text.delay < 0.1
    assert homeserver.refusals == 0


@virtual_time
async def test_twenty_answers_at_once_are_delivered_as_fast_as_the_limit_allows(
    homeserver: Homeserver, known: Scheduler
) -> None:
    texts = [Text(known, room) for room in rooms(20)]
    await write_all(texts)
    for text in texts:
        assert_delivered(homeserver, text)
    assert homeserver.refusals == 0
    assert homeserver.events[-1].at < 81
    assert {event.room_id for event in homeserver.events[:5]} == set(rooms(5))
    assert homeserver.events[4].at < 0.1, "those who came first see that something comes"
    # docs/admins.md tells so.
    begun = [homeserver.messages(text.room_id)[0].at for text in texts]
    assert sum(at < 29 for at in begun) == 6
    assert sum(text.done_at < 31 for text in texts if text.done_at) == 10


@virtual_time
async def test_twenty_answers_at_first_contact_lose_nothing(
    homeserver: Homeserver, unknown: Scheduler
) -> None:
    texts = [Text(unknown, room) for room in rooms(20)]
    await write_all(texts)
    for text in texts:
        assert_delivered(homeserver, text)
    assert homeserver.events[-1].at < 106


@virtual_time
async def test_tokens_kept_back_are_there_when_twenty_finals_come_at_once() -> None:
    homeserver = Homeserver(lambda: Limiter(0.5, 30))
    remembered = Remembered(Learned(0.5, 30, SYNAPSE.learned_at))
    scheduler = Scheduler.of(homeserver.client(), remembered)
    texts = [Text(scheduler, room) for room in rooms(20)]
    await write_all(texts)
    for text in texts:
        assert_delivered(homeserver, text)
        assert text.delay < 0.5


@virtual_time
async def test_an_answer_that_comes_while_others_are_written_is_not_late(
    homeserver: Homeserver, known: Scheduler
) -> None:
    texts = [Text(known, room) for room in rooms(5)]
    late = Text(known, "!late:example.org")
    await asyncio.gather(write_all(texts), late.write(repeat(0.01, 500), start=20))
    for text in [*texts, late]:
        assert_delivered(homeserver, text)
    assert late.delay < 0.1
    assert homeserver.refusals == 0


@virtual_time
async def test_questions_after_a_long_answer_find_room_for_their_first_words(
    homeserver: Homeserver, known: Scheduler
) -> None:
    long, question = Text(known), Text(known, "!question:example.org")
    await asyncio.gather(
        long.write(repeat(0.01, 12000)), question.write(repeat(0.01, 1000), start=100)
    )
    (first,) = homeserver.messages(question.room_id)
    assert first.at < 106
    assert question.delay < 0.1


@virtual_time
async def test_a_long_wait_shares_the_edits_fairly_over_fifty_rooms() -> None:
    homeserver = Homeserver(lambda: Limiter(5, 100))
    scheduler = Scheduler.of(homeserver.client(), Remembered())
    texts = [Text(scheduler, room) for room in rooms(50)]
    await asyncio.gather(*(text.write(repeat(0.02, 3000)) for text in texts))
    for text in texts:
        assert_delivered(homeserver, text)
    edits = [text.lane.edits for text in texts]
    assert min(edits) >= 2
    assert max(edits) <= min(edits) + 3


@virtual_time
async def test_reactions_are_not_starved_by_edits(
    homeserver: Homeserver, known: Scheduler
) -> None:
    text = Text(known)
    writing = asyncio.create_task(text.write(LONG))
    await asyncio.sleep(15)
    async with asyncio.timeout(8):
        await known.send("!other:example.org", "m.reaction", {}, first=False)
    await writing
    assert text.delay < 0.1


@virtual_time
async def test_another_program_on_the_account_delays_but_loses_nothing(
    homeserver: Homeserver, known: Scheduler
) -> None:
    text = Text(known)
    writing = asyncio.create_task(text.write(LONG))
    await asyncio.sleep(10)
    for _ in range(5):
        homeserver.limiter().take(10.0)
    await writing
    assert_delivered(homeserver, text)
    assert homeserver.refusals <= 2
    assert known.counters.size == 10.0


@virtual_time
async def test_the_limit_is_saved_and_known_after_a_restart(homeserver: Homeserver) -> None:
    store = Remembered()
    await Text(Scheduler.of(homeserver.client("@a:example.org"), store)).write(LONG)
    assert store.learned is not None
    assert (store.learned.rate, store.learned.size) == (0.2, 10.0)
    again = Homeserver(Limiter)
    await Text(Scheduler.of(again.client("@b:example.org"), store)).write(LONG)
    assert again.refusals == 0


@virtual_time
async def test_a_store_that_fails_costs_no_answer(homeserver: Homeserver) -> None:
    class Broken:
        async def load(self, account: str) -> None:
            raise OSError

        async def save(self, account: str, learned: object) -> None:
            raise OSError

    text = Text(Scheduler.of(homeserver.client(), Broken()))
    await text.write(LONG)
    assert_delivered(homeserver, text)


@virtual_time
async def test_an_edit_that_was_refused_is_painted_anew(homeserver: Homeserver) -> None:
    text = Text(Scheduler.of(homeserver.client()))
    await text.write(LONG)
    refused = [a for a in homeserver.attempts if a.transaction_id not in _stored(homeserver)]
    assert refused
    following = homeserver.attempts[homeserver.attempts.index(refused[0]) + 1]
    assert following.body != refused[0].body
    assert following.transaction_id != refused[0].transaction_id


def _stored(homeserver: Homeserver) -> set[str]:
    return {transaction for _, transaction in homeserver.transactions}


@virtual_time
async def test_edits_keep_the_interval_under_a_limit_too(
    homeserver: Homeserver, unknown: Scheduler
) -> None:
    text = Text(unknown)
    await text.write(LONG)
    assert closest(starts(homeserver, text.room_id)[:-1]) >= 0.5


@virtual_time
async def test_no_notice_goes_before_the_end_of_an_answer(
    homeserver: Homeserver, known: Scheduler
) -> None:
    answers = [Text(known, room) for room in rooms(8)]
    writing = asyncio.gather(*(answer.write([0.1] * 50) for answer in answers))
    await asyncio.sleep(4)
    notices = [Text(known, "!notices:example.org", patient=True) for _ in range(20)]
    telling = asyncio.gather(*(notice.write([0.01]) for notice in notices))
    await writing
    ends = [answer.done_at for answer in answers]
    await telling
    told = starts(homeserver, "!notices:example.org")
    assert len(told) == 20
    assert sum(at < max(end for end in ends if end) for at in told) <= 1
    for answer in answers:
        assert answer.delay < 5
