"""Forgetting old rows a few at a time, so that nobody's write waits for all of them.

100,000 answers at once take SQLite ten seconds. Which rows are old is the tables' to say.
"""

from __future__ import annotations

import asyncio

from .in_time import InTime

_AT_ONCE = 500  # rows: 50 ms
_PAUSE = 0.05  # seconds in which others come to the database


async def forget(database: InTime, table: str, key: str, at: str, moment: int) -> None:
    """Delete all rows whose time `at` is before `moment`. `key` is what the table's rows are
    told apart by.
    """
    oldest = f"SELECT {key} FROM {table} WHERE {at} < $1 ORDER BY {at} LIMIT {_AT_ONCE}"
    while await database.fetchval(f"SELECT 1 FROM {table} WHERE {at} < $1 LIMIT 1", moment):
        await database.execute(f"DELETE FROM {table} WHERE {key} IN ({oldest})", moment)
        await asyncio.sleep(_PAUSE)
