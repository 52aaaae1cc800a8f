"""The last text of the configuration that had no mistake, for a start that finds one with some."""

from __future__ import annotations

from .in_time import InTime


class LastGood:
    """One text, or none yet."""

    def __init__(self, database: InTime) -> None:
        self._database = database

    async def load(self) -> str:
        """The text; '' where none was ever kept."""
        text = await self._database.fetchval("SELECT text FROM last_good WHERE id = 1")
        return text or ""

    async def save(self, text: str) -> None:
        """Keep this one in place of the one before."""
        await self._database.execute(
            "INSERT INTO last_good (id, text) VALUES (1, $1) "
            "ON CONFLICT (id) DO UPDATE SET text = excluded.text",
            text,
        )
