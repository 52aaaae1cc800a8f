"""Answers whose last event the room may not have: what is to be sent if the process dies now.

A row is there from the first event of an answer until its last is sent. What a crash has left is
finished by `answering/repair.py`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mautrix.util.async_db import Database

from ...chunks import Text
from ...document import Document
from .answers import Answer
from .times import milliseconds
from .writing import whole


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One answer, as it would end if nothing more came.

    Args:
        answer: As it would be kept; `created_at` is when its writing began.
        document: All that its messages show.
        note: The line under it that says how it has ended.
        seconds: How long it has been written.
    """

    answer: Answer
    document: Document
    note: str
    seconds: float = 0.0


_NAMES = (
    "event_id",
    "room_id",
    "question_id",
    "thread_root",
    "asker",
    "provider",
    "model",
    "status",
)
_SAVE = f"""
    INSERT INTO streams (
        {", ".join(_NAMES)}, note, document, parts, created_at, updated_at, text
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '')
    ON CONFLICT (event_id) DO UPDATE SET
        status = excluded.status, note = excluded.note, document = excluded.document,
        parts = excluded.parts, updated_at = excluded.updated_at
"""


class Streams:
    """The table of answers that are being written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, one: Unfinished) -> None:
        """It has come as far as this."""
        await whole(self._write(_SAVE, *_row(one)))

    async def remove(self, event_id: str) -> None:
        """The answer with this first message is finished."""
        await whole(self._write("DELETE FROM streams WHERE event_id = $1", event_id))

    async def left_over(self, before: float) -> list[Unfinished]:
        """Those that were last saved before then (unix time), oldest first."""
        return await self._find("updated_at < $1", milliseconds(before))

    async def in_room(self, room_id: str) -> list[Unfinished]:
        """Those of one room, oldest first; also those that are being written now."""
        return await self._find("room_id = $1", room_id)

    async def _find(self, where: str, value: Any) -> list[Unfinished]:
        rows = await self._database.fetch(
            f"SELECT * FROM streams WHERE {where} ORDER BY created_at", value
        )
        return [_unfinished(row) for row in rows]

    async def forget_before(self, moment: float) -> None:
        """Forget what is older than `moment` (unix time)."""
        await self._write("DELETE FROM streams WHERE updated_at < $1", milliseconds(moment))

    async def _write(self, statement: str, *values: Any) -> None:
        await self._database.execute(statement, *values)


def _row(one: Unfinished) -> tuple[Any, ...]:
    return (
        *(getattr(one.answer, name) for name in _NAMES),
        one.note,
        json.dumps(one.document.saved(), ensure_ascii=False),
        json.dumps(one.answer.event_ids),
        milliseconds(one.answer.created_at),
        milliseconds(time.time()),
    )


def _unfinished(row: Mapping[str, Any]) -> Unfinished:
    if row["document"]:
        document = Document.restored(json.loads(row["document"]))
    else:  # saved by a version that kept only the text
        document = Document()
        document.add(Text(row["text"]))
    answer = Answer(
        **{name: row[name] for name in _NAMES},
        text=document.text,
        event_ids=tuple(json.loads(row["parts"])),
        created_at=row["created_at"] / 1000,
        note=row["note"],
    )
    seconds = (row["updated_at"] - row["created_at"]) / 1000
    return Unfinished(answer, document, row["note"], max(0.0, seconds))
