"""Answers that are being written: what would be left of each if the process died now.

A row is there from the first event of an answer until its last is sent. What a crash has left is
finished by `repair.py`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from mautrix.util.async_db import Database

from .answers import Answer
from .times import milliseconds
from .writing import whole

_COLUMNS = "event_id, room_id, question_id, thread_root, asker, provider, model, text"
_NAMES = _COLUMNS.split(", ")
_SAVE = f"""
    INSERT INTO streams ({_COLUMNS}, parts, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (event_id) DO UPDATE SET
        text = excluded.text, parts = excluded.parts, updated_at = excluded.updated_at
"""


class Streams:
    """The table of streams in flight, as the answers that they would be if nothing more came."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, answer: Answer) -> None:
        """It has come as far as this."""
        await whole(self._write(_SAVE, *_row(answer)))

    async def remove(self, event_id: str) -> None:
        """The answer with this first message is finished."""
        await whole(self._write("DELETE FROM streams WHERE event_id = $1", event_id))

    async def left_over(self, before: float) -> list[Answer]:
        """Those that were last saved before then (unix time), oldest first, as interrupted."""
        rows = await self._database.fetch(
            "SELECT * FROM streams WHERE updated_at < $1 ORDER BY created_at", milliseconds(before)
        )
        return [_answer(row) for row in rows]

    async def forget_before(self, moment: float) -> None:
        """Forget what is older than `moment` (unix time)."""
        await self._write("DELETE FROM streams WHERE updated_at < $1", milliseconds(moment))

    async def _write(self, statement: str, *values: Any) -> None:
        await self._database.execute(statement, *values)


def _row(answer: Answer) -> tuple[Any, ...]:
    return (
        *(getattr(answer, name) for name in _NAMES),
        json.dumps(answer.event_ids),
        milliseconds(answer.created_at),
        milliseconds(time.time()),
    )


def _answer(row: Mapping[str, Any]) -> Answer:
    return Answer(
        **{name: row[name] for name in _NAMES},
        status="interrupted",
        event_ids=tuple(json.loads(row["parts"])),
        created_at=row["created_at"] / 1000,
    )
