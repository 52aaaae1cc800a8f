"""What was learned of an account's limit, over restarts: read once, before the first event; saved
when it is news.

Which database that is, the store knows. One that fails costs the memory, never an answer.
"""

from __future__ import annotations

import asyncio
import logging
import time

from .budget import Budget, BudgetStore

log = logging.getLogger(__name__)

# A limit that the server confirmed is saved anew when what is saved is so many seconds old.
_FRESH = 600.0


class Memory:
    """Keeps `budget` of `account` in a store, once it has been given one."""

    def __init__(self, account: str, budget: Budget) -> None:
        self._account = account
        self._budget = budget
        self._store: BudgetStore | None = None
        self._saved = self._news
        self._saving = asyncio.Lock()
        self.unread = False

    def adopt(self, store: BudgetStore) -> None:
        """Use this store; the first one given is kept."""
        if self._store is None:
            self._store, self.unread = store, True

    @property
    def stale(self) -> bool:
        """Whether the budget has changed since it was last saved."""
        return self._store is not None and self._saved != self._news

    async def read(self) -> None:
        """Take on what an earlier process learned."""
        self.unread = False
        if self._store is None:
            return
        try:
            learned = await self._store.load(self._account)
        except Exception:
            log.exception("The learned limit of %s could not be read", self._account)
            return
        if learned is not None:
            self._budget.remember(learned, asyncio.get_running_loop().time(), time.time())
            self._saved = self._news

    async def save(self) -> None:
        """Save the budget as it is now."""
        async with self._saving:
            if self._store is None or not self.stale:
                return
            self._saved = self._news
            learned = self._budget.learned(asyncio.get_running_loop().time(), time.time())
            try:
                await self._store.save(self._account, learned)
            except Exception:
                log.exception("The learned limit of %s could not be saved", self._account)

    @property
    def _news(self) -> tuple[float, float, float]:
        budget = self._budget
        return budget.rate, budget.size, budget.tested_at // _FRESH if budget.known else 0.0
