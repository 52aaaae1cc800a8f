"""Up to where an account's events were heard: for a start that asks what it has missed."""

from __future__ import annotations

from .in_time import InTime


class Heard:
    """The homeserver's own mark (the `since` of its `/sync`) for each account."""

    def __init__(self, database: InTime) -> None:
        self._database = database

    async def load(self, account: str) -> str:
        """The mark; '' where nothing was ever heard for this account."""
        mark = await self._database.fetchval("SELECT mark FROM heard WHERE account = $1", account)
        return mark or ""

    async def save(self, account: str, mark: str) -> None:
        """All before this mark was heard."""
        await self._database.execute(
            "INSERT INTO heard (account, mark) VALUES ($1, $2) "
            "ON CONFLICT (account) DO UPDATE SET mark = excluded.mark",
            account,
            mark,
        )
