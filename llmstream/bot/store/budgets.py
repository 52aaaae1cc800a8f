"""What was learned of the server's rate limits, so that no restart learns it anew.

A row with a rate of 0 is an account that has no limit, as it was seen to take more than another's
or its own of before: it is given no other's to begin with.

How long answers take is in the table of answers (answers.py) already.
"""

from __future__ import annotations

import time

from ...matrix.sending.budget import Learned
from .in_time import InTime
from .times import milliseconds

_LENGTHS = 200  # answers that are looked at, of all models


class Budgets:
    """The table of learned limits: the scheduler's `BudgetStore`."""

    def __init__(self, database: InTime) -> None:
        self._database = database

    async def load(self, account: str) -> Learned | None:
        """What was saved last, else what was learned last of another account of the homeserver; a
        rate of 0 where only lengths are known, or it was seen that there is no limit.
        """
        rows = await self._database.fetch(
            "SELECT account, rate, size, learned_at FROM budgets ORDER BY learned_at DESC"
        )
        homeserver = account.rpartition(" ")[0]
        mine = [row for row in rows if row["account"] == account]
        others = [row for row in rows if row["account"].startswith(f"{homeserver} ")]
        answers = await self._database.fetch(
            "SELECT model, seconds FROM answers WHERE seconds IS NOT NULL "
            f"ORDER BY created_at DESC LIMIT {_LENGTHS:d}"
        )
        lengths = tuple((answer["model"], answer["seconds"]) for answer in reversed(answers))
        row = next(iter((*mine, *others)), None)
        if row is None:
            return Learned(0.0, 0.0, 0.0, lengths, borrowed=True) if lengths else None
        learned_at = row["learned_at"] / 1000
        return Learned(row["rate"], row["size"], learned_at, lengths, borrowed=not mine)

    async def save(self, account: str, learned: Learned | None) -> None:
        """Remember this; None that there is no limit."""
        learned = learned or Learned(0.0, 0.0, time.time())
        await self._database.execute(
            "INSERT INTO budgets (account, rate, size, learned_at) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (account) DO UPDATE SET rate = excluded.rate, size = excluded.size, "
            "learned_at = excluded.learned_at",
            account,
            learned.rate,
            learned.size,
            milliseconds(learned.learned_at),
        )
