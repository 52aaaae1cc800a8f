"""What a page that looks at many answers is told, and that it is told in bounded time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import cycle, islice

import pytest
from mautrix.util.async_db import Database
from mautrix.util.async_db.connection import LoggingConnection

from llmstream.bot.store import Day, Latencies, RoomSum, Spending, Store

from .database import POSTGRES
from .test_store import ANSWER, NOW, spending

DAY = 86400.0
BEGAN = NOW - NOW % DAY
PLAN = "EXPLAIN" if POSTGRES else "EXPLAIN QUERY PLAN"


async def spend(store: Store, *each: Spending) -> None:
    for one in each:
        await store.usage.reserve(one)


async def test_each_day_and_provider_has_its_sum(store: Store) -> None:
    await spend(
        store,
        spending("a", at=BEGAN, cost=Decimal("0.5")),
        spending("b", at=BEGAN + DAY - 1, cost=Decimal("0.25")),
        spending("c", at=BEGAN + DAY),
        spending("d", at=BEGAN + DAY, provider="work"),
        spending("old", at=BEGAN - 1),
    )
    assert await store.statistics.days(BEGAN) == [
        Day(BEGAN, "demo", 2, 20, 2000, Decimal("0.75")),
        Day(BEGAN + DAY, "demo", 1, 10, 1000, Decimal(0)),
        Day(BEGAN + DAY, "work", 1, 10, 1000, Decimal(0)),
    ]


async def test_the_rooms_that_use_most_come_first(store: Store) -> None:
    await spend(
        store,
        spending("a"),
        spending("b", room_id="!b:x", output_tokens=9000),
        spending("c", room_id="!c:x", output_tokens=1),
    )
    assert await store.statistics.rooms(NOW - 1, 2) == [
        RoomSum("!b:x", 1, 10, 9000, Decimal(0)),
        RoomSum("!a:x", 1, 10, 1000, Decimal(0)),
    ]


async def test_how_long_answers_took_is_counted_by_provider(store: Store) -> None:
    took = [(0.2, 1.0, "complete"), (0.5, 3.0, "complete"), (9.0, 90.0, "stopped")]
    for number, (first, seconds, status) in enumerate(took):
        answer = replace(ANSWER, event_id=f"${number}", event_ids=(), status=status)
        await store.answers.save(replace(answer, first_word=first, seconds=seconds))
    await store.answers.save(replace(ANSWER, event_id="$unknown", event_ids=()))
    bounds = (0.5, 5.0)
    assert await store.statistics.first_words(0, bounds) == [Latencies("demo", (1, 1, 1))]
    assert await store.statistics.durations(0, bounds) == [Latencies("demo", (0, 2, 0))]


async def test_the_newest_failures_say_what_the_room_was_told(store: Store) -> None:
    for number in range(3):
        failed = replace(
            ANSWER,
            event_id=f"${number}",
            event_ids=(),
            status="failed",
            note=f"No {number}.",
            created_at=NOW + number,
        )
        await store.answers.save(failed)
    await store.answers.save(ANSWER)
    found = await store.statistics.failures(NOW, 2)
    assert [one.note for one in found] == ["No 2.", "No 1."]
    assert found[0].created_at == NOW + 2


@pytest.mark.slow
@pytest.mark.skipif(bool(POSTGRES), reason="PostgreSQL plans by what it knows of a table")
async def test_a_hundred_thousand_answers_are_summed_without_reading_one(
    opened: Database, store: Store
) -> None:
    await fill(opened, 100_000)
    assert sum(day.answers for day in await store.statistics.days(NOW - 30 * DAY)) == 100_000
    assert len(await store.statistics.rooms(NOW - 30 * DAY, 20)) == 20
    assert sum(sum(one.counts) for one in await store.statistics.first_words(0, (1, 2))) == 100_000
    await store.statistics.durations(0, (1, 2))
    await store.statistics.failures(0, 10)
    for statement in (
        "SELECT at / 86400000 AS day, provider, COUNT(*), SUM(input_tokens), SUM(output_tokens), "
        "SUM(billionths) FROM usage WHERE at >= 1 GROUP BY 1, 2",
        "SELECT provider, CASE WHEN first_word < 1 THEN 0 ELSE 1 END, COUNT(*) FROM answers "
        "WHERE created_at >= 1 AND first_word IS NOT NULL GROUP BY 1, 2",
    ):
        plan = " ".join(row["detail"] for row in await opened.fetch(f"{PLAN} {statement}"))
        assert "COVERING INDEX" in plan


async def fill(opened: Database, count: int, until: float = NOW) -> None:
    """So many answers of the thirty days before `until`, in 500 rooms, with long texts."""
    providers = list(islice(cycle(["demo", "work", "home"]), count))
    text = "word " * 400
    usage, answers = [], []
    for number, provider in enumerate(providers):
        at = round((until - 30 * DAY * (1 - number / count)) * 1000)
        room, model = f"!{number % 500}:x", "small"
        usage.append((str(number), room, "@a:x", provider, model, 900, 300, 1_000_000, True, at))
        seconds = 0.2 + number % 97 / 20
        status = "failed" if number % 1000 == 0 else "complete"
        answers.append((f"${number}", room, provider, model, text, status, seconds, at))
    conn: LoggingConnection
    async with opened.acquire() as conn, conn.transaction():
        await conn.executemany(
            "INSERT INTO usage (id, room_id, person, provider, model, input_tokens, "
            "output_tokens, billionths, settled, at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            usage,
        )
        await conn.executemany(
            "INSERT INTO answers (event_id, room_id, question_id, thread_root, asker, provider, "
            "model, text, status, finish_reason, output_tokens, first_word, seconds, created_at) "
            "VALUES ($1, $2, '', '', '@a:x', $3, $4, $5, $6, 'stop', 300, $7, 3 * $7, $8)",
            answers,
        )
