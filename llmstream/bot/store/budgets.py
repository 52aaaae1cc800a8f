"""What was learned of the server's rate limits, so that no restart learns it anew.

How long answers take is in the table of answers (answers.py) already.
"""

from __future__ import annotations

from mautrix.util.async_db import Database

from ...matrix.sending.budget import Learned
from .times import milliseconds

_LENGTHS = 200  # answers that are looked at, of all models


class Budgets:
    """The table of learned limits: the scheduler's `BudgetStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, account: str) -> Learned | None:
        """What was saved last, None if nothing was."""
        row = await self._database.fetchrow(
            "SELECT rate, size, learned_at FROM budgets WHERE account = $1", account
        )
        if row is None:
            return None
        answers = await self._database.fetch(
            "SELECT model, seconds FROM answers WHERE seconds IS NOT NULL "
            f"ORDER BY created_at DESC LIMIT {_LENGTHS:d}"
        )
        lengths = tuple((answer["model"], answer["seconds"]) for answer in reversed(answers))
        return Learned(row["rate"], row["size"], row["learned_at"] / 1000, lengths)

    async def save(self, account: str, learned: Learned | None) -> None:
        """Remember this; None forgets."""
        if learned is None:
            await self._database.execute("DELETE FROM budgets WHERE account = $1", account)
            return
        await self._database.execute(
            "INSERT INTO budgets (account, rate, size, learned_at) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (account) DO UPDATE SET rate = excluded.rate, size = excluded.size, "
            "learned_at = excluded.learned_at",
            account,
            learned.rate,
            learned.size,
            milliseconds(learned.learned_at),
        )
