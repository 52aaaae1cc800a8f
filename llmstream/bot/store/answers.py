"""Answers that were given, with their exact text. What rooms show of them is more, or less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ...chunks import Usage
from ...post import Posted
from .amounts import amount_of, billionths
from .in_time import InTime
from .old_rows import forget
from .times import milliseconds
from .writing import whole


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Args:
        event_id: Its first message.
        question_id: The event that asked.
        thread_root: '' where it is in no thread.
        asker: User id of who asked.
        text: The model's Markdown, nothing added.
        status: complete, cut_off, stopped, failed or interrupted.
        finish_reason: As the provider said.
        cost: In US dollars; None where it is not known.
        event_ids: All its messages, first to last, `event_id` included.
        created_at: Unix time, in seconds: when its turn had come.
        first_word: Seconds from then until the room had its first words; None where none came.
        seconds: Seconds from then until it had all of it; None where that is not known.
        note: The line under it that says how it has ended; '' where none was needed.
        rounds: How often its asker was asked whether a tool may be called.
    """

    event_id: str
    room_id: str
    question_id: str
    thread_root: str
    asker: str
    provider: str
    model: str
    text: str
    status: str
    created_at: float
    finish_reason: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost: Decimal | None = None
    event_ids: tuple[str, ...] = ()
    first_word: float | None = None
    seconds: float | None = None
    note: str = ""
    rounds: int = 0

    def continued_by(self, more: Answer) -> Answer:
        """Both as one answer: what is done to it, and kept of it, concerns all its messages."""
        event_ids = (*self.event_ids, *more.event_ids)
        if not more.text:
            return replace(self, event_ids=event_ids, rounds=more.rounds)
        both = self._usage + more._usage
        costs = [one.cost for one in (self, more) if one.cost is not None]
        seconds = [one.seconds for one in (self, more) if one.seconds is not None]
        return replace(
            more,
            event_id=self.event_id,
            text=self.text + more.text,
            created_at=self.created_at,
            input_tokens=both.input,
            output_tokens=both.output,
            reasoning_tokens=both.reasoning,
            cost=sum(costs, Decimal(0)) if costs else None,
            event_ids=event_ids,
            first_word=self.first_word,
            seconds=sum(seconds) if seconds else None,
        )

    def as_posted(self, posted: Posted) -> Answer:
        """The same, as the room has it: what it says, how it ended and what it cost."""
        return replace(
            self,
            event_id=self.event_id or posted.event_ids[0],
            text=posted.text,
            status=posted.status,
            finish_reason=posted.finish_reason,
            input_tokens=posted.usage.input,
            output_tokens=posted.usage.output,
            reasoning_tokens=posted.usage.reasoning,
            cost=posted.cost,
            event_ids=posted.event_ids,
            seconds=posted.seconds,
        )

    @property
    def _usage(self) -> Usage:
        return Usage(self.input_tokens, self.output_tokens, self.reasoning_tokens)


_NAMES = (
    *("event_id", "room_id", "question_id", "thread_root", "asker", "provider", "model", "text"),
    *("status", "finish_reason", "input_tokens", "output_tokens", "reasoning_tokens"),
    *("first_word", "seconds", "note", "rounds"),
)
_COLUMNS = ", ".join((*_NAMES, "billionths", "created_at"))
_SAVE = f"""
    INSERT INTO answers ({_COLUMNS})
    VALUES ({", ".join(f"${number}" for number in range(1, len(_NAMES) + 3))})
    ON CONFLICT (event_id) DO UPDATE SET
        question_id = excluded.question_id, asker = excluded.asker,
        provider = excluded.provider, model = excluded.model, text = excluded.text,
        status = excluded.status, finish_reason = excluded.finish_reason,
        input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
        reasoning_tokens = excluded.reasoning_tokens, billionths = excluded.billionths,
        first_word = excluded.first_word, seconds = excluded.seconds, note = excluded.note,
        rounds = excluded.rounds
"""
_PART = "INSERT INTO answer_parts (event_id, answer_id, position) VALUES ($1, $2, $3)"


class Answers:
    """The table of answers. Newest means asked last."""

    def __init__(self, database: InTime) -> None:
        self._database = database

    async def save(self, answer: Answer, *, ends: str = "") -> None:
        """Keep this one, in place of an earlier state of it; where and when it began stays.

        In the same transaction goes the row `ends`, the answer on its way (streams.py): either
        both are done or nothing is.
        """
        await whole(self._database.done(self._save(answer, ends)))

    async def by_event(self, room_id: str, event_id: str) -> Answer | None:
        """The answer that this event is a part of, the first or any other."""
        return await self._one(
            "room_id = $1 AND event_id = (SELECT answer_id FROM answer_parts WHERE event_id = $2)",
            room_id,
            event_id,
        )

    async def by_question(self, room_id: str, question_id: str) -> Answer | None:
        """The newest answer to this event."""
        return await self._one("room_id = $1 AND question_id = $2", room_id, question_id)

    async def latest(self, room_id: str) -> Answer | None:
        """The newest answer in the room, in a thread or not."""
        return await self._one("room_id = $1", room_id)

    async def in_thread(self, room_id: str, thread_root: str, limit: int) -> list[Answer]:
        """The `limit` newest answers of a thread, oldest first; '' are those in no thread."""
        found = await self._find(limit, "room_id = $1 AND thread_root = $2", room_id, thread_root)
        return found[::-1]

    async def has_thread(self, room_id: str, thread_root: str) -> bool:
        """Whether there is an answer in this thread."""
        return bool(await self.in_thread(room_id, thread_root, 1))

    async def delete(self, event_id: str) -> None:
        """Forget the answer with this first message."""
        await self._database.execute("DELETE FROM answers WHERE event_id = $1", event_id)

    async def forget_before(self, moment: float) -> None:
        """Forget what is older than `moment` (unix time)."""
        await forget(self._database, "answers", "event_id", "created_at", milliseconds(moment))

    async def _save(self, answer: Answer, ends: str) -> None:
        before, stands = answer.event_id, answer.event_ids or (answer.event_id,)
        if before not in stands:  # it could not be written anew there, and has moved
            answer = replace(answer, event_id=stands[0])
        conn: Any
        async with self._database.acquire() as conn, conn.transaction():
            if before != answer.event_id:
                await conn.execute("DELETE FROM answers WHERE event_id = $1", before)
            await conn.execute(_SAVE, *_row(answer))
            await conn.execute("DELETE FROM answer_parts WHERE answer_id = $1", answer.event_id)
            for position, event_id in enumerate(dict.fromkeys(stands)):
                await conn.execute(_PART, event_id, answer.event_id, position)
            if ends:
                await conn.execute("DELETE FROM open_answers WHERE id = $1", ends)

    async def _one(self, where: str, *values: str) -> Answer | None:
        found = await self._find(1, where, *values)
        return found[0] if found else None

    async def _find(self, limit: int, where: str, *values: str) -> list[Answer]:
        rows = await self._database.fetch(
            f"SELECT {_COLUMNS} FROM answers WHERE {where} "
            f"ORDER BY created_at DESC, event_id DESC LIMIT {limit:d}",
            *values,
        )
        return [_answer(row, await self._parts(row["event_id"])) for row in rows]

    async def _parts(self, answer_id: str) -> tuple[str, ...]:
        rows = await self._database.fetch(
            "SELECT event_id FROM answer_parts WHERE answer_id = $1 ORDER BY position", answer_id
        )
        return tuple(row["event_id"] for row in rows)


def _row(answer: Answer) -> tuple[Any, ...]:
    cost = None if answer.cost is None else billionths(answer.cost)
    values = (getattr(answer, name) for name in _NAMES)
    return (*values, cost, milliseconds(answer.created_at))


def _answer(row: Mapping[str, Any], event_ids: tuple[str, ...]) -> Answer:
    cost = row["billionths"]
    return Answer(
        **{name: row[name] for name in _NAMES},
        cost=None if cost is None else amount_of(cost),
        created_at=row["created_at"] / 1000,
        event_ids=event_ids,
    )
