"""Answers from the moment their question is accepted until the room has all of them and they are
kept: what is to be done if the process dies now.

A row goes when its answer is kept, in one transaction with that (`answers.py`). What becomes of
one that a crash has left is decided in `answering/settling.py`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias
from uuid import uuid4

from ...document import Document
from .answers import Answer
from .in_time import InTime
from .times import milliseconds
from .writing import whole

State: TypeAlias = Literal["asked", "writing", "concluded"]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One answer, as it would end if nothing more came.

    Args:
        id: Its own; the transactions in which it is sent are named after it.
        state: "asked" until the room has an event of it, "concluded" once nothing more comes.
        answer: As it would be kept; `created_at` is when its question was accepted. Without
            messages its `event_id` is ''.
        document: All that its messages show.
        seconds: How long it has been written.
        tries: How often it has gone on after a restart.
    """

    id: str
    state: State
    answer: Answer
    document: Document
    seconds: float = 0.0
    tries: int = 0

    def in_messages(self, event_ids: tuple[str, ...]) -> Unfinished:
        """The same, in these messages."""
        first = event_ids[0] if event_ids else ""
        return replace(self, answer=replace(self.answer, event_id=first, event_ids=event_ids))


_NAMES = (
    *("room_id", "question_id", "thread_root", "asker", "provider", "model"),
    *("status", "note", "rounds"),
)
_COLUMNS = (
    *("id", "state", "writer", "tries", *_NAMES),
    *("document", "parts", "seconds", "created_at", "updated_at"),
)
_CHANGING = (
    *("state", "writer", "tries"),
    *("status", "note", "rounds", "document", "parts", "seconds"),
)
_SAVE = f"""
    INSERT INTO open_answers ({", ".join(_COLUMNS)})
    VALUES ({", ".join(f"${number}" for number in range(1, len(_COLUMNS) + 1))})
    ON CONFLICT (id) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in (*_CHANGING, "updated_at"))}
"""


class Streams:
    """The table of answers that have not come to their end, as one running instance uses it."""

    def __init__(self, database: InTime) -> None:
        self._database = database
        self._writer = uuid4().hex

    async def save(self, one: Unfinished) -> None:
        """It has come as far as this."""
        await whole(self._write(_SAVE, *self._row(one)))

    async def remove(self, id: str) -> None:
        """Nothing is left to be done for this one."""
        await whole(self._write("DELETE FROM open_answers WHERE id = $1", id))

    async def supersede(self, room_id: str, question_id: str) -> None:
        """This question is answered anew: nothing is left to be done for earlier answers to it."""
        statement = "DELETE FROM open_answers WHERE room_id = $1 AND question_id = $2"
        await whole(self._write(statement, room_id, question_id))

    async def left_over(self) -> list[Unfinished]:
        """Those that an earlier process has left, oldest first."""
        return await self._find("writer <> $1", self._writer)

    async def get(self, id: str) -> Unfinished | None:
        """The one with this id, if it is not ended."""
        found = await self._find("id = $1", id)
        return found[0] if found else None

    async def rooms(self) -> set[str]:
        """The rooms that have any."""
        rows = await self._database.fetch("SELECT DISTINCT room_id FROM open_answers")
        return {row["room_id"] for row in rows}

    async def in_room(self, room_id: str) -> list[Unfinished]:
        """Those of one room, oldest first; also those that are being written now."""
        return await self._find("room_id = $1", room_id)

    async def to_question(self, room_id: str, question_id: str) -> list[Unfinished]:
        """The answers to this event that are on their way."""
        return await self._find("room_id = $1 AND question_id = $2", room_id, question_id)

    async def forget_before(self, moment: float) -> None:
        """Forget what has not moved since then (unix time)."""
        await self._write("DELETE FROM open_answers WHERE updated_at < $1", milliseconds(moment))

    async def _find(self, where: str, *values: Any) -> list[Unfinished]:
        rows = await self._database.fetch(
            f"SELECT * FROM open_answers WHERE {where} ORDER BY created_at", *values
        )
        return [_unfinished(row) for row in rows]

    async def _write(self, statement: str, *values: Any) -> None:
        await self._database.execute(statement, *values)

    def _row(self, one: Unfinished) -> tuple[Any, ...]:
        return (
            *(one.id, one.state, self._writer, one.tries),
            *(getattr(one.answer, name) for name in _NAMES),
            json.dumps(one.document.saved(), ensure_ascii=False),
            json.dumps(one.answer.event_ids),
            one.seconds,
            milliseconds(one.answer.created_at),
            milliseconds(time.time()),
        )


def _unfinished(row: Mapping[str, Any]) -> Unfinished:
    document = Document.restored(json.loads(row["document"]))
    event_ids = tuple(json.loads(row["parts"]))
    answer = Answer(
        event_id=event_ids[0] if event_ids else "",
        **{name: row[name] for name in _NAMES},
        text=document.text,
        event_ids=event_ids,
        created_at=row["created_at"] / 1000,
    )
    return Unfinished(row["id"], row["state"], answer, document, row["seconds"], row["tries"])
