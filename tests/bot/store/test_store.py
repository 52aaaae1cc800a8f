from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from mautrix.util.async_db import Database

from llmstream.bot.store import (
    Answer,
    Spending,
    Store,
    Total,
    Unfinished,
    upgrade_table,
)
from llmstream.chunks import TaskUpdate, Usage

from .database import database, unfinished

NOW = 1_750_000_000.0
ANSWER = Answer(
    event_id="$first",
    room_id="!a:x",
    question_id="$question",
    thread_root="",
    asker="@ann:x",
    provider="demo",
    model="tour",
    text="**Exactly** so \U0001f980\n",
    status="complete",
    created_at=NOW,
    finish_reason="stop",
    input_tokens=10,
    output_tokens=20,
    cost=Decimal("0.25"),
    event_ids=("$first", "$second"),
    rounds=2,
)


def spending(id: str, **changes: Any) -> Spending:
    one = Spending(
        id=id,
        room_id="!a:x",
        person="@ann:x",
        provider="demo",
        model="tour",
        input_tokens=10,
        output_tokens=1000,
        at=NOW,
    )
    return replace(one, **changes)


async def left_over(opened: Database) -> list[Unfinished]:
    """What another process finds."""
    return await Store(opened).streams.left_over()


async def test_an_answer_comes_back_as_it_was(store: Store):
    await store.answers.save(ANSWER)
    assert await store.answers.by_event("!a:x", "$first") == ANSWER
    assert await store.answers.by_question("!a:x", "$question") == ANSWER


async def test_an_answer_is_found_by_each_of_its_messages(store: Store):
    await store.answers.save(ANSWER)
    assert await store.answers.by_event("!a:x", "$second") == ANSWER


async def test_an_answer_is_not_found_from_another_room(store: Store):
    await store.answers.save(ANSWER)
    assert await store.answers.by_event("!b:x", "$first") is None
    assert await store.answers.by_question("!b:x", "$question") is None
    assert await store.answers.latest("!b:x") is None


async def test_an_answer_without_parts_is_its_own_first_message(store: Store):
    await store.answers.save(replace(ANSWER, event_ids=()))
    found = await store.answers.by_event("!a:x", "$first")
    assert found is not None
    assert found.event_ids == ("$first",)


async def test_an_answer_written_again_takes_the_place_of_the_old_one(store: Store):
    await store.answers.save(ANSWER)
    again = replace(ANSWER, text="better", cost=None, event_ids=("$first", "$third"))
    await store.answers.save(again)
    assert await store.answers.by_event("!a:x", "$third") == again
    assert await store.answers.by_event("!a:x", "$second") is None


async def test_the_newest_answers_of_a_thread_come_oldest_first(store: Store):
    for number in range(4):
        await store.answers.save(
            replace(
                ANSWER,
                event_id=f"${number}",
                thread_root="$root",
                created_at=NOW + number / 10,
                event_ids=(f"${number}",),
            )
        )
    found = await store.answers.in_thread("!a:x", "$root", 2)
    assert [answer.event_id for answer in found] == ["$2", "$3"]
    latest = await store.answers.latest("!a:x")
    assert latest is not None
    assert latest.event_id == "$3"


async def test_a_thread_is_known_once_it_has_an_answer(store: Store):
    assert not await store.answers.has_thread("!a:x", "$root")
    await store.answers.save(replace(ANSWER, thread_root="$root"))
    assert await store.answers.has_thread("!a:x", "$root")
    assert not await store.answers.has_thread("!b:x", "$root")


async def test_a_deleted_answer_leaves_nothing(store: Store, opened: Database):
    await store.answers.save(ANSWER)
    await store.answers.delete("$first")
    assert await store.answers.by_event("!a:x", "$second") is None
    assert await opened.fetchval("SELECT COUNT(*) FROM answer_parts") == 0


async def test_what_is_old_is_forgotten(store: Store, opened: Database):
    now = time.time()
    await store.answers.save(replace(ANSWER, created_at=now - 91 * 86400))
    await store.answers.save(replace(ANSWER, event_id="$new", created_at=now, event_ids=()))
    await store.streams.save(unfinished(ANSWER))
    await opened.execute("UPDATE open_answers SET updated_at = $1", round(now - 91 * 86400) * 1000)
    await store.usage.reserve(spending("old", at=now - 91 * 86400))
    await store.usage.reserve(spending("new", at=now))
    await store.forget_older_than(0)
    assert (await store.usage.total(0)).answers == 2
    assert len(await left_over(opened)) == 1
    await store.forget_older_than(90)
    assert await store.answers.by_event("!a:x", "$second") is None
    assert await store.answers.by_event("!a:x", "$new") is not None
    assert (await store.usage.total(0)).answers == 1
    assert await left_over(opened) == []
    assert await opened.fetchval("SELECT COUNT(*) FROM answer_parts") == 1


async def test_an_answer_on_its_way_is_what_was_saved_last_without_its_cost(
    store: Store, opened: Database
):
    began = replace(ANSWER, status="interrupted")
    await store.streams.save(unfinished(replace(began, text="so far", event_ids=("$first",))))
    usage, tasks = Usage(10, 20), [TaskUpdate("1", "Look", "error", "here", "nothing")]
    now = unfinished(
        replace(began, created_at=NOW + 9, status="complete"), *tasks, usage, note="Well."
    )
    await store.streams.save(now)
    [left] = await left_over(opened)
    assert left.document.saved() == now.document.saved()
    assert left.answer.note == "Well."
    assert left.answer == replace(
        ANSWER, finish_reason="", input_tokens=None, output_tokens=None, cost=None, note="Well."
    )


async def test_only_what_an_earlier_process_has_saved_is_left_over(store: Store, opened: Database):
    await store.streams.save(unfinished(ANSWER))
    assert await store.streams.left_over() == []
    await Store(opened).streams.save(unfinished(ANSWER))  # it takes it up
    assert len(await store.streams.left_over()) == 1


async def test_an_answer_that_is_kept_is_no_longer_on_its_way(store: Store, opened: Database):
    await store.streams.save(unfinished(ANSWER))
    await store.streams.save(unfinished(replace(ANSWER, event_id="$other")))
    assert await store.streams.to_question("!a:x", "$question")
    await store.answers.save(ANSWER, ends="$first")
    assert [one.id for one in await left_over(opened)] == ["$other"]
    await store.streams.remove("$other")
    assert await left_over(opened) == []
    assert not await store.streams.to_question("!a:x", "$question")


async def test_an_answer_that_cannot_be_kept_stays_on_its_way(store: Store, opened: Database):
    await store.streams.save(unfinished(ANSWER))
    await opened.execute("DROP TABLE answer_parts")
    with pytest.raises(Exception, match="answer_parts"):
        await store.answers.save(ANSWER, ends="$first")
    assert len(await left_over(opened)) == 1
    assert await store.answers.by_question("!b:x", "$question") is None


async def test_it_is_known_up_to_where_an_account_has_heard(store: Store):
    assert await store.heard.load("@bot:x") == ""
    await store.heard.save("@bot:x", "s1")
    await store.heard.save("@bot:x", "s2")
    assert await store.heard.load("@bot:x") == "s2"
    assert await store.heard.load("@other:x") == ""


async def test_cancelled_writes_leave_the_database_usable(store: Store):
    for number in range(30):
        writing = asyncio.create_task(store.answers.save(replace(ANSWER, text=str(number))))
        for _ in range(number % 8):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.wait([writing])
    await store.answers.save(ANSWER)
    assert await store.answers.by_event("!a:x", "$second") == ANSWER


async def test_usage_is_estimated_until_it_is_settled(store: Store):
    await store.usage.reserve(spending("one"))
    assert await store.usage.total(NOW) == Total(1, 1, 10, 1000, Decimal(0))
    await store.usage.settle("one", 12, 34, Decimal("0.5"))
    assert await store.usage.total(NOW) == Total(1, 0, 12, 34, Decimal("0.5"))


async def test_the_smallest_costs_add_up_exactly(store: Store):
    for number in range(10):
        await store.usage.reserve(spending(str(number), cost=Decimal("0.000000001")))
    assert (await store.usage.total(NOW)).cost == Decimal("0.00000001")


async def test_costs_of_before_are_kept_by_the_next_version():
    async with database(steps=4) as old:
        await old.execute(
            "INSERT INTO usage (id, room_id, person, provider, model, input_tokens, "
            "output_tokens, cost, settled, at) VALUES ('1', 'r', 'p', 'x', 'm', 1, 1, 0.1, $1, 5)",
            True,
        )
        await upgrade_table.upgrade(old)
        assert (await Store(old).usage.total(0)).cost == Decimal("0.1")


async def test_released_usage_does_not_count_and_settled_usage_stays(store: Store):
    await store.usage.reserve(spending("one"))
    await store.usage.reserve(spending("two"))
    await store.usage.settle("two", 1, 2, Decimal(0))
    await store.usage.release("one")
    await store.usage.release("two")
    assert await store.usage.total(0) == Total(1, 0, 1, 2, Decimal(0))


async def test_usage_that_a_crash_interrupted_counts_as_estimated(store: Store):
    await store.usage.reserve(spending("one"))
    await store.usage.reserve(spending("now", at=NOW + 60))
    await store.usage.settle_interrupted(NOW + 1)
    assert await store.usage.total(0) == Total(2, 1, 20, 2000, Decimal(0))


async def test_usage_is_summed_for_a_person_a_room_and_all(store: Store):
    await store.usage.reserve(spending("1"))
    await store.usage.reserve(spending("2", person="@bob:x"))
    await store.usage.reserve(spending("3", room_id="!b:x"))
    await store.usage.reserve(spending("4", at=NOW - 1))
    assert (await store.usage.total(NOW)).answers == 3
    assert (await store.usage.total(NOW, person="@ann:x")).answers == 2
    assert (await store.usage.total(NOW, room_id="!a:x")).answers == 2
    assert (await store.usage.total(NOW, person="@ann:x", room_id="!b:x")).answers == 1
    assert (await store.usage.total(0)).answers == 4
    assert await store.usage.total(NOW + 1) == Total()


async def test_it_is_known_when_a_person_asked(store: Store):
    await store.usage.reserve(spending("1", at=NOW + 2.5))
    await store.usage.reserve(spending("2"))
    await store.usage.reserve(spending("3", person="@bob:x"))
    assert await store.usage.times(NOW - 1, "@ann:x") == [NOW, NOW + 2.5]
    assert await store.usage.times(NOW, "@ann:x") == [NOW + 2.5]


async def test_a_conversation_begins_anew_in_its_own_place(store: Store):
    await store.resets.reset("!a:x", "", 5)
    await store.resets.reset("!a:x", "", 7)
    await store.resets.reset("!a:x", "$root", 9)
    assert await store.resets.since("!a:x", "") == 7
    assert await store.resets.since("!a:x", "$root") == 9
    assert await store.resets.since("!b:x", "") == 0
