"""What asking has cost: one row for each time a model was asked, of whom, in which room.

A row is written before the model is asked, with an estimate, and corrected as the answer goes on:
what is being used right now counts too, and what a crash interrupted stays counted as estimated.
Who may ask is not decided here (room/limits.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...chunks import Usage as Tokens
from .amounts import amount_of, billionths
from .in_time import InTime
from .old_rows import forget
from .times import milliseconds
from .writing import whole


@dataclass(frozen=True, slots=True)
class Spending:
    """What one question costs.

    Args:
        id: Any unique text.
        at: Unix time, in seconds.
        cost: In US dollars.
    """

    id: str
    room_id: str
    person: str
    provider: str
    model: str
    input_tokens: int
    output_tokens: int
    at: float
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Total:
    """Sums over some time; `unsettled` is how many of the answers are being written now."""

    answers: int = 0
    unsettled: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


class Usage:
    """The table of usage."""

    def __init__(self, database: InTime) -> None:
        self._database = database

    async def move(self, room_id: str, to: str) -> None:
        """What was used in this room counts for the other."""
        await whole(
            self._database.execute("UPDATE usage SET room_id = $2 WHERE room_id = $1", room_id, to)
        )

    async def reserve(self, estimated: Spending) -> None:
        """Count this as used from now on, until it is settled or released; one that was counted
        before goes on, and counts as one.
        """
        await self._database.execute(
            "INSERT INTO usage (id, room_id, person, provider, model, input_tokens, "
            "output_tokens, billionths, settled, at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
            "ON CONFLICT (id) DO UPDATE SET settled = excluded.settled, "
            "input_tokens = usage.input_tokens + excluded.input_tokens, "
            "output_tokens = usage.output_tokens + excluded.output_tokens, "
            "billionths = usage.billionths + excluded.billionths",
            estimated.id,
            estimated.room_id,
            estimated.person,
            estimated.provider,
            estimated.model,
            estimated.input_tokens,
            estimated.output_tokens,
            billionths(estimated.cost),
            False,
            milliseconds(estimated.at),
        )

    async def used(self, id: str) -> Tokens | None:
        """What was counted for this one before, if anything was."""
        row = await self._database.fetchrow(
            "SELECT input_tokens, output_tokens, billionths FROM usage WHERE id = $1", id
        )
        if row is None:
            return None
        charged = amount_of(int(row["billionths"]))
        return Tokens(row["input_tokens"], row["output_tokens"], charged=charged)

    async def expect(self, id: str, input_tokens: int, output_tokens: int, cost: Decimal) -> None:
        """Put this in place of the estimate: more may come."""
        await self._write(
            "UPDATE usage SET input_tokens = $2, output_tokens = $3, billionths = $4 "
            "WHERE id = $1 AND NOT settled",
            id,
            input_tokens,
            output_tokens,
            billionths(cost),
        )

    async def settle(self, id: str, input_tokens: int, output_tokens: int, cost: Decimal) -> None:
        """Put in place of the estimate what was used. Done even if the caller is cancelled."""
        await whole(
            self._write(
                "UPDATE usage SET settled = $2, input_tokens = $3, output_tokens = $4, "
                "billionths = $5 "
                "WHERE id = $1",
                id,
                True,
                input_tokens,
                output_tokens,
                billionths(cost),
            )
        )

    async def release(self, id: str) -> None:
        """Count it no longer, if it is not settled. Done even if the caller is cancelled."""
        await whole(self._write("DELETE FROM usage WHERE id = $1 AND NOT settled", id))

    async def settle_interrupted(self, before: float) -> None:
        """What a crash left unsettled before then (unix time) was used, as far as we can know."""
        await self._database.execute(
            "UPDATE usage SET settled = $1 WHERE at < $2", True, milliseconds(before)
        )

    async def total(self, since: float, *, person: str = "", room_id: str = "") -> Total:
        """Sums since then (unix time): of a person, a room, a person in a room, or of all."""
        where, values = _filter(since, person, room_id)
        row = await self._database.fetchrow(
            "SELECT COUNT(*) AS answers, "
            "COALESCE(SUM(CASE WHEN settled THEN 0 ELSE 1 END), 0) AS unsettled, "
            "COALESCE(SUM(input_tokens), 0) AS input_tokens, "
            "COALESCE(SUM(output_tokens), 0) AS output_tokens, "
            f"COALESCE(SUM(billionths), 0) AS billionths FROM usage WHERE {where}",
            *values,
        )
        assert row is not None  # an aggregate has always one row
        return Total(
            answers=int(row["answers"]),
            unsettled=int(row["unsettled"]),
            input_tokens=int(row["input_tokens"]),
            output_tokens=int(row["output_tokens"]),
            cost=amount_of(int(row["billionths"])),
        )

    async def times(self, since: float, person: str, but: str = "") -> list[float]:
        """When this person asked, since then, `but` left out; oldest first, unix time."""
        rows = await self._database.fetch(
            "SELECT at FROM usage WHERE at > $1 AND person = $2 AND id <> $3 ORDER BY at",
            milliseconds(since),
            person,
            but,
        )
        return [row["at"] / 1000 for row in rows]

    async def forget_before(self, moment: float) -> None:
        """Forget what is older than `moment` (unix time)."""
        await forget(self._database, "usage", "id", "at", milliseconds(moment))

    async def _write(self, statement: str, *values: Any) -> None:
        await self._database.execute(statement, *values)


def _filter(since: float, person: str, room_id: str) -> tuple[str, list[Any]]:
    where = ["at >= $1"]
    values: list[Any] = [milliseconds(since)]
    for column, value in (("person", person), ("room_id", room_id)):
        if value:
            values.append(value)
            where.append(f"{column} = ${len(values)}")
    return " AND ".join(where), values
