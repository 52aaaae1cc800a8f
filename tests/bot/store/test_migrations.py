"""A database of each earlier version becomes one of this version, with what was in it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from mautrix.util.async_db import Database

from llmstream.bot.store import Store, upgrade_table

from .database import POSTGRES, database

OLD = Path(__file__).with_name("v0_1_0.sql")

SAVED = {
    "plan": "",
    "text": "The sky is",
    "reasoning": "Hm.",
    "tasks": [],
    "usage": {"input": 10, "output": None, "reasoning": None},
    "finish_reason": "",
}
_BEGUN = """
    INSERT INTO streams (
        event_id, room_id, question_id, thread_root, asker, provider, model, text, parts,
        created_at, updated_at
    ) VALUES ($1, '!a:x', '$question', '', '@ann:x', 'demo', 'tour', 'The sky is',
        '["$first", "$second"]', 1000000, 1004200)
"""
LATEST = len(upgrade_table.upgrades)


@pytest.mark.parametrize("version", range(1, LATEST + 1))
async def test_a_database_of_any_version_becomes_one_of_this(version: int) -> None:
    async with database(version) as earlier:
        await upgrade_table.upgrade(earlier)
        store = Store(earlier)
        assert await store.streams.left_over() == []
        assert await store.answers.latest("!a:x") is None
        assert await store.heard.load("@bot:x") == ""
        assert await earlier.fetchval("SELECT version FROM version") == LATEST


@pytest.mark.skipif(bool(POSTGRES), reason="what 0.1.0 has written here is of SQLite")
async def test_what_0_1_0_has_kept_is_there(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db")) as old:
        old.executescript(OLD.read_text())
    upgraded = Database.create(f"sqlite:{tmp_path}/old.db", upgrade_table=upgrade_table)
    await upgraded.start()
    try:
        store = Store(upgraded)
        (cut,) = await store.streams.left_over()
        latest = await store.answers.latest(cut.answer.room_id)
        used = await store.usage.total(0.0, person="@alice:localhost")
        reset = await store.resets.since(cut.answer.room_id, "")
    finally:
        await upgraded.stop()
    assert (cut.state, cut.answer.status, cut.answer.text) == (
        "writing",
        "interrupted",
        "a b c d e",
    )
    assert latest is not None
    assert (latest.status, latest.text) == ("complete", "Hello from the model.")
    assert (latest.input_tokens, latest.output_tokens) == (11, 7)
    assert used.cost == Decimal("0.00005")
    assert reset < latest.created_at * 1000 < cut.answer.created_at * 1000


@pytest.mark.parametrize("version", [2, 3, 4, 5, 6])
async def test_answers_that_were_being_written_are_still_to_be_finished(version: int) -> None:
    async with database(version) as earlier:
        await earlier.execute(_BEGUN, "$first")
        if version >= 4:
            await earlier.execute("UPDATE streams SET document = $1", json.dumps(SAVED))
            await earlier.execute(_BEGUN, "$other")
            await earlier.execute(
                "UPDATE streams SET status = 'complete', note = 'Well.' WHERE event_id = '$other'"
            )
        await upgrade_table.upgrade(earlier)

        left = {one.id: one for one in await Store(earlier).streams.left_over()}
        begun = left.pop("$first")
        assert (begun.state, begun.answer.status) == ("writing", "interrupted")
        assert begun.document.text == begun.answer.text == "The sky is"
        assert begun.document.reasoning == ("Hm." if version >= 4 else "")
        assert begun.answer.event_ids == ("$first", "$second")
        assert (begun.answer.created_at, begun.seconds) == (1000.0, 4.2)
        assert [(one.state, one.answer.note) for one in left.values()] == (
            [("concluded", "Well.")] if version >= 4 else []
        )
