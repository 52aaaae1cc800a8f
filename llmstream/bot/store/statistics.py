"""Sums over many answers, for whoever looks at all of them: by day, provider, room, and duration.

Read from the tables of `answers.py` and `ledger.py`, which keep them. No text of an answer is
read, and what is read of many rows stands in an index (migrations.py): a page that asks for all of
this costs the same however long the answers are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .amounts import amount_of
from .in_time import InTime
from .times import milliseconds

_DAY = 86_400_000  # milliseconds; days are of UTC
_SUMS = (
    "COUNT(*) AS answers, SUM(input_tokens) AS input_tokens, "
    "SUM(output_tokens) AS output_tokens, SUM(billionths) AS billionths"
)


@dataclass(frozen=True, slots=True)
class Day:
    """What one provider was asked on one UTC day, which began at `at` (unix time).

    `cost` is in US dollars, here and below.
    """

    at: float
    provider: str
    answers: int
    input_tokens: int
    output_tokens: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class RoomSum:
    """What was asked in one room."""

    room_id: str
    answers: int
    input_tokens: int
    output_tokens: int
    cost: Decimal = Decimal(0)

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Latencies:
    """How many of a provider's answers took how long.

    `counts[0]` are those below the first bound that was asked for, the last those above all.
    """

    provider: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that failed. `note` is what its room was told."""

    room_id: str
    provider: str
    model: str
    note: str
    created_at: float


class Statistics:
    """Sums since a moment (unix time)."""

    def __init__(self, database: InTime) -> None:
        self._database = database

    async def days(self, since: float) -> list[Day]:
        """By UTC day and provider, oldest first. A day that began before `since` is cut."""
        rows = await self._database.fetch(
            f"SELECT at / {_DAY} AS day, provider, {_SUMS} FROM usage WHERE at >= $1 "
            "GROUP BY 1, 2 ORDER BY 1, 2",
            milliseconds(since),
        )
        return [Day(row["day"] * _DAY / 1000, row["provider"], **_sums(row)) for row in rows]

    async def rooms(self, since: float, limit: int) -> list[RoomSum]:
        """The rooms that used most tokens, most first."""
        rows = await self._database.fetch(
            f"SELECT room_id, {_SUMS} FROM usage WHERE at >= $1 GROUP BY room_id "
            f"ORDER BY SUM(input_tokens + output_tokens) DESC, room_id LIMIT {limit:d}",
            milliseconds(since),
        )
        return [RoomSum(row["room_id"], **_sums(row)) for row in rows]

    async def first_words(self, since: float, bounds: Sequence[float]) -> list[Latencies]:
        """How many answers had their first words within so many seconds, by provider."""
        return await self._latencies("first_word", since, bounds)

    async def durations(self, since: float, bounds: Sequence[float]) -> list[Latencies]:
        """How many complete answers were done within so many seconds, by provider."""
        return await self._latencies("seconds", since, bounds, "AND status = 'complete'")

    async def failures(self, since: float, limit: int) -> list[Failure]:
        """The newest that failed, newest first."""
        rows = await self._database.fetch(
            "SELECT room_id, provider, model, note, created_at FROM answers "
            "WHERE created_at >= $1 AND status = 'failed' "
            f"ORDER BY created_at DESC LIMIT {limit:d}",
            milliseconds(since),
        )
        return [Failure(**{**dict(row), "created_at": row["created_at"] / 1000}) for row in rows]

    async def _latencies(
        self, column: str, since: float, bounds: Sequence[float], only: str = ""
    ) -> list[Latencies]:
        steps = " ".join(f"WHEN {column} < {bound:f} THEN {i}" for i, bound in enumerate(bounds))
        rows = await self._database.fetch(
            f"SELECT provider, CASE {steps} ELSE {len(bounds)} END AS step, COUNT(*) AS answers "
            f"FROM answers WHERE created_at >= $1 AND {column} IS NOT NULL {only} GROUP BY 1, 2",
            milliseconds(since),
        )
        counts: dict[str, list[int]] = {}
        for row in rows:
            of = counts.setdefault(row["provider"], [0] * (len(bounds) + 1))
            of[row["step"]] += row["answers"]
        return [Latencies(name, tuple(counts[name])) for name in sorted(counts)]


def _sums(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "answers": int(row["answers"]),
        "input_tokens": int(row["input_tokens"]),
        "output_tokens": int(row["output_tokens"]),
        "cost": amount_of(int(row["billionths"])),
    }
