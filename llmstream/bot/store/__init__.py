"""The database: what must outlive the process. One file for each table; SQLite and PostgreSQL.

Nothing here decides anything; it keeps and finds.

- `answers`: those that were given. `streams`: those that have not come to their end.
- `ledger`: what asking has cost. `statistics`: sums over many of both.
- `resets`: where conversations began anew. `heard`: up to where events were heard.
- `budgets`: rate limits that were learned. `last_good`: a configuration without a mistake.
- `admin_rooms`: where admins are, and what they were told.
- `in_time`: the database itself, which is not waited for without end.
- `migrations`: the tables. `writing`: writes done wholly or not at all. `old_rows`: old rows
  deleted a few at a time.
- `times`, `amounts`: moments and money in the tables.
"""

from __future__ import annotations

import time
from pathlib import Path

from mautrix.util.async_db import Database, Scheme

from .admin_rooms import AdminRooms
from .answers import Answer, Answers
from .budgets import Budgets
from .heard import Heard
from .in_time import InTime
from .last_good import LastGood
from .ledger import Spending, Total, Usage
from .migrations import upgrade_table
from .resets import Resets
from .statistics import Day, Failure, Latencies, RoomSum, Statistics
from .streams import Streams, Unfinished
from .times import day_of, month_of
from .writing import whole

__all__ = [
    "Answer",
    "Answers",
    "Budgets",
    "Day",
    "Failure",
    "Heard",
    "LastGood",
    "Latencies",
    "Resets",
    "RoomSum",
    "Spending",
    "Statistics",
    "Store",
    "Streams",
    "Total",
    "Unfinished",
    "Usage",
    "day_of",
    "month_of",
    "upgrade_table",
]


_TABLES = (
    *("answers", "answer_parts", "open_answers", "usage", "budgets", "resets", "last_good"),
    *("heard", "admin_rooms", "told"),
)


class Store:
    """All tables of one instance, in a database that was started with `upgrade_table`."""

    def __init__(self, database: Database | InTime) -> None:
        database = database if isinstance(database, InTime) else InTime(database)
        self._database = database
        self.admin_rooms = AdminRooms(database)
        self.answers = Answers(database)
        self.streams = Streams(database)
        self.usage = Usage(database)
        self.statistics = Statistics(database)
        self.budgets = Budgets(database)
        self.resets = Resets(database)
        self.heard = Heard(database)
        self.last_good = LastGood(database)

    async def move_room(self, room_id: str, to: str) -> None:
        """Another room takes the place of this one, and has its usage and its resets now."""
        await self.usage.move(room_id, to)
        await self.resets.move(room_id, to)

    async def forget_older_than(self, days: int) -> None:
        """Forget answers, streams and usage of before; 0 keeps them. The rest stays, and so does
        this month's usage, which limits count.
        """
        if days:
            now = time.time()
            moment = now - days * 86400
            await self.answers.forget_before(moment)
            await self.streams.forget_before(moment)
            await self.usage.forget_before(min(moment, month_of(now)))
            await self.admin_rooms.forget_before(min(moment, month_of(now)))

    @property
    def engine(self) -> str:
        """What keeps it: "SQLite" or "PostgreSQL"."""
        return "SQLite" if self._database.scheme is Scheme.SQLITE else "PostgreSQL"

    @property
    def folder(self) -> Path | None:
        """Where its file is; None where it is on a server."""
        if self._database.scheme is not Scheme.SQLITE:
            return None
        return Path(self._database.url.path).absolute().parent

    async def try_out(self) -> None:
        """Read of each table, and write, and change nothing by that. Raises what it raises."""
        for table in _TABLES:
            await self._database.fetch(f"SELECT * FROM {table} LIMIT 1")
        await whole(self._database.execute("UPDATE resets SET at = at WHERE room_id = ''"))
