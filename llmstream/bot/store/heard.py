"""Up to where an account's events were heard: for a start that asks what it has missed."""

from __future__ import annotations

from mautrix.util.async_db import Database

from .times import milliseconds


class Heard:
    """The homeserver's own mark (of `GET /sync`) for each account, and when it was set."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, account: str) -> tuple[str, float] | None:
        """The mark and its unix time; None where nothing was ever heard for this account."""
        row = await self._database.fetchrow(
            "SELECT token, at FROM heard WHERE account = $1", account
        )
        return (row["token"], row["at"] / 1000) if row else None

    async def save(self, account: str, token: str, at: float) -> None:
        """All before this mark was heard."""
        await self._database.execute(
            "INSERT INTO heard (account, token, at) VALUES ($1, $2, $3) "
            "ON CONFLICT (account) DO UPDATE SET token = excluded.token, at = excluded.at",
            account,
            token,
            milliseconds(at),
        )
