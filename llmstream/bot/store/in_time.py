"""The database, which nobody waits for without end: where it hangs (its server is cut off, its
disk is), that is a failure as any other.

What is asked of it goes on alone then, and is done once it answers: a connection that is given up
in the midst of something would be waited for as long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar, cast

from mautrix.util.async_db import Database, Scheme
from yarl import URL

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds: a locked SQLite says so after five."""
_HANGS = 1.0  # while it still owes an answer

NAME = "database"
"""Of the tasks in which it is asked."""


class InTime:
    """A database as the tables use it. All raise `TimeoutError` where it does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owed: set[asyncio.Task[Any]] = set()

    @property
    def scheme(self) -> Scheme:
        """What kind it is."""
        return self._database.scheme

    @property
    def url(self) -> URL:
        """Where it is."""
        return self._database.url

    def acquire(self) -> AbstractAsyncContextManager[Any]:
        """A connection, for several statements: to be used within `done`."""
        connection: Any = self._database.acquire()
        return cast("AbstractAsyncContextManager[Any]", connection)

    async def execute(self, statement: str, *values: Any) -> Any:
        """Write."""
        return await self.done(self._database.execute(statement, *values))

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """All rows."""
        return await self.done(self._database.fetch(query, *values))

    async def fetchrow(self, query: str, *values: Any) -> Any:
        """The first row; None where there is none."""
        return await self.done(self._database.fetchrow(query, *values))

    async def fetchval(self, query: str, *values: Any) -> Any:
        """The first column of the first row; None where there is none."""
        return await self.done(self._database.fetchval(query, *values))

    async def done(self, work: Coroutine[Any, Any, T]) -> T:
        """What comes of this, if it comes in time."""
        patience = _HANGS if self._owed else PATIENCE
        task = asyncio.create_task(work, name=NAME)
        try:
            done, _ = await asyncio.wait([task], timeout=patience)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if not done:
            self._owed.add(task)
            task.add_done_callback(self._has_answered)
            raise TimeoutError(f"The database has not answered for {patience:.0f} s")
        return task.result()

    def _has_answered(self, task: asyncio.Task[Any]) -> None:
        self._owed.discard(task)
        if not task.cancelled():
            task.exception()  # who asked has been told that it failed
