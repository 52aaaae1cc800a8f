"""Where the bot's admins talk to it, and what they were told there."""

from __future__ import annotations

import time

from .in_time import InTime
from .times import milliseconds


class AdminRooms:
    """The tables of rooms in which an admin spoke to us, and of what was told."""

    NEWEST = 50

    def __init__(self, database: InTime) -> None:
        self._database = database

    async def seen(self, room_id: str) -> None:
        """An admin has just talked to us there."""
        await self._database.execute(
            "INSERT INTO admin_rooms (room_id, at) VALUES ($1, $2) "
            "ON CONFLICT (room_id) DO UPDATE SET at = excluded.at",
            room_id,
            milliseconds(time.time()),
        )

    async def newest(self) -> list[str]:
        """The rooms, the one of the last word first."""
        rows = await self._database.fetch(
            f"SELECT room_id FROM admin_rooms ORDER BY at DESC LIMIT {self.NEWEST}"
        )
        return [row["room_id"] for row in rows]

    async def forget(self, room_id: str) -> None:
        """We are there no more."""
        await self._database.execute("DELETE FROM admin_rooms WHERE room_id = $1", room_id)

    async def is_told(self, what: str) -> bool:
        """Whether this was told, by a name of the caller's."""
        return bool(await self._database.fetchval("SELECT 1 FROM told WHERE what = $1", what))

    async def told_since(self, moment: float, beginning: str) -> int:
        """How much that begins so was told since then (unix time)."""
        counted = await self._database.fetchval(
            "SELECT COUNT(*) FROM told WHERE at >= $1 AND SUBSTR(what, 1, $2) = $3",
            milliseconds(moment),
            len(beginning),
            beginning,
        )
        return int(counted)

    async def told(self, what: str) -> None:
        """It was told just now."""
        await self._database.execute(
            "INSERT INTO told (what, at) VALUES ($1, $2) ON CONFLICT (what) DO NOTHING",
            what,
            milliseconds(time.time()),
        )

    async def forget_told(self, beginning: str) -> None:
        """What begins so may be told anew."""
        await self._database.execute(
            "DELETE FROM told WHERE SUBSTR(what, 1, $1) = $2", len(beginning), beginning
        )

    async def forget_before(self, moment: float) -> None:
        """Forget what is older than `moment` (unix time)."""
        for table in ("admin_rooms", "told"):
            await self._database.execute(
                f"DELETE FROM {table} WHERE at < $1", milliseconds(moment)
            )
