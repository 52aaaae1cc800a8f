"""Where conversations began anew: what was said before is not the model's to see."""

from __future__ import annotations

from .in_time import InTime


class Resets:
    """The table of resets. `thread_root` is '' for what is in no thread.

    Times are milliseconds since 1970, to be compared with the server's time of events.
    """

    def __init__(self, database: InTime) -> None:
        self._database = database

    async def since(self, room_id: str, thread_root: str) -> int:
        """The conversation consists of what was said after this; 0 where it was never reset."""
        at = await self._database.fetchval(
            "SELECT at FROM resets WHERE room_id = $1 AND thread_root = $2", room_id, thread_root
        )
        return at or 0

    async def move(self, room_id: str, to: str) -> None:
        """What was reset in this room was so in the other, unless that has been since."""
        await self._database.execute(
            "INSERT INTO resets (room_id, thread_root, at) "
            "SELECT $2, thread_root, at FROM resets WHERE room_id = $1 "
            "ON CONFLICT (room_id, thread_root) DO NOTHING",
            room_id,
            to,
        )
        await self._database.execute("DELETE FROM resets WHERE room_id = $1", room_id)

    async def reset(self, room_id: str, thread_root: str, at: int) -> None:
        """Begin anew after `at`."""
        await self._database.execute(
            "INSERT INTO resets (room_id, thread_root, at) VALUES ($1, $2, $3) "
            "ON CONFLICT (room_id, thread_root) DO UPDATE SET at = excluded.at",
            room_id,
            thread_root,
            at,
        )
