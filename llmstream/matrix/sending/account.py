"""One account as its server treats it: what may go, what was learned of that, what has gone.

Told of each request by scheduler.py, which keeps the order. The models behind it are budget.py
(the rate limit) and concurrency.py (how many at once); what the limit is spent on is priority.py.
What was learned outlives the process in a store: read once, before the first event, and saved when
it is news. Where none is known of this account, what another of the same homeserver has learned is
the guess to begin with. A store that fails costs the memory, never an answer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .budget import Budget, BudgetStore, Learned
from .concurrency import Flights
from .lengths import Lengths
from .outcome import Outcome, Reason, Refused, Sent
from .priority import EDITS_APART, Rank, Writing, earliest, takes_turns
from .request import Event, Join, Request
from .turns import turns

log = logging.getLogger(__name__)

# A limit that the server confirmed is saved anew when what is saved is so many seconds old.
_FRESH = 600.0


@dataclass(frozen=True, slots=True)
class Counters:
    """Counted since the scheduler began; the second half is how things stand now.

    Args:
        events: Events that the server has taken, of all kinds, redactions and joins included.
        edits: Those of them that edit.
        merged: Changes that went out together with a newer one.
        rate_limited: Refusals because of the rate limit.
        refused: Refusals for good.
        unavailable: Requests that the server did not answer, or could not follow now.
        waited: Seconds that events waited for the budget or for a slow server, in all.
        sent_bytes: Bytes of the events sent, refused ones included.
        rate, size, available: The budget: events per second, at once, now. None where no limit is
            known.
        in_flight: Requests on their way.
        lanes: Messages being written.
    """

    events: int = 0
    edits: int = 0
    merged: int = 0
    rate_limited: int = 0
    refused: int = 0
    unavailable: int = 0
    waited: float = 0.0
    sent_bytes: int = 0
    rate: float | None = None
    size: float | None = None
    available: float | None = None
    in_flight: int = 0
    lanes: int = 0


class Account:
    """Says when the account's next request may go, and learns from what became of the last.

    Args:
        elsewhere: What other accounts of the same homeserver have learned, at this loop and unix
            time.

    Attributes:
        lengths: How long its messages take.
        unread: Whether what was learned before or elsewhere has not been read yet.
    """

    def __init__(
        self,
        name: str,
        budget: Budget,
        lengths: Lengths,
        elsewhere: Callable[[float, float], Sequence[Learned]],
    ) -> None:
        self.unread = True
        self._elsewhere = elsewhere
        self._name = name
        self._budget = budget
        self.lengths = lengths
        self._flights = Flights()
        self._newest_at = self._last_edit = float("-inf")
        self._counters = Counters()
        self._store: BudgetStore | None = None
        self._saved: tuple[float, float, float] | None = self._news
        self._saving = asyncio.Lock()

    @property
    def limited(self) -> bool:
        """Whether a limit is known."""
        return self._budget.known

    def may_go(self, rank: Rank, writing: Writing, now: float) -> float:
        """When the next request of this rank may go if none goes before: `now` for at once."""
        quiet_at = self._newest_at + EDITS_APART if rank is Rank.EDIT else now
        allowed = earliest(rank, self._budget, writing, self._last_edit, max(now, quiet_at))
        return max(self._flights.free_at(now, final=rank is Rank.FINAL), allowed)

    def turns(self, writing: Writing, now: float) -> Sequence[float]:
        """When each of these messages may be edited at the earliest; none where that is the same
        for all of them.
        """
        if not takes_turns(self._budget, writing, now):
            return ()
        return turns(self._budget, writing.courses, now)

    def began(self, whose: object, rank: Rank, merged: int, waited: float, now: float) -> None:
        """A request goes out that brings so many changes at once, and has waited so long."""
        self._flights.begin(whose, now)
        self._budget.sent(now)
        if rank in (Rank.FINAL, Rank.EDIT):
            self._newest_at = now
        if rank is Rank.EDIT:
            self._last_edit = now
        self._counters = replace(
            self._counters,
            merged=self._counters.merged + max(0, merged),
            waited=self._counters.waited + max(0.0, waited),
        )

    def ended(self, whose: object, request: Request, outcome: Outcome, now: float) -> None:
        """What became of that request."""
        self._learn(whose, request, outcome, now)
        counters, sealed = self._counters, request.sealed if isinstance(request, Event) else None
        reason = outcome.reason if isinstance(outcome, Refused) else None
        limited = reason is Reason.RATE_LIMITED
        unavailable = reason in (Reason.LOST, Reason.UNAVAILABLE, Reason.GATEWAY)
        self._counters = replace(
            counters,
            events=counters.events + isinstance(outcome, Sent),
            rate_limited=counters.rate_limited + limited,
            refused=counters.refused + (reason is not None and not limited and not unavailable),
            unavailable=counters.unavailable + unavailable,
            sent_bytes=counters.sent_bytes + (len(sealed.body) if sealed else 0),
        )

    def edited(self, edits: int) -> None:
        """So many of the events taken were edits."""
        self._counters = replace(self._counters, edits=self._counters.edits + edits)

    def counters(self, lanes: int, now: float) -> Counters:
        """What has gone out, and how things stand."""
        counters = replace(self._counters, in_flight=len(self._flights), lanes=lanes)
        budget = self._budget
        if not budget.known or budget.borrowed:
            return counters
        available = budget.available(now)
        return replace(counters, rate=budget.rate, size=budget.size, available=available)

    def busiest(self, seconds: float) -> int:
        """The most events that the server took within so many seconds, of the last hundreds."""
        return self._budget.busiest(seconds)

    def adopt(self, store: BudgetStore) -> None:
        """Remember in this store; the first one given is kept."""
        if self._store is None:
            self._store, self.unread = store, True

    @property
    def stale(self) -> bool:
        """Whether something was learned since it was last saved."""
        return self._store is not None and self._saved != self._news

    async def read(self) -> None:
        """Take on what an earlier process learned, or another account."""
        self.unread = False
        learned = await self._load()
        for kind, seconds in learned.lengths if learned else ():
            self.lengths.learn(kind, seconds)
        now, unix_now = asyncio.get_running_loop().time(), time.time()
        if learned is None or learned.borrowed:
            others = [*self._elsewhere(now, unix_now), *([learned] if learned else ())]
            newest = max(others, key=lambda other: other.learned_at, default=None)
            learned = replace(newest, borrowed=True) if newest else None
        if learned is not None:
            self._budget.remember(learned, now, unix_now)
            self._saved = self._news

    async def _load(self) -> Learned | None:
        if self._store is None:
            return None
        try:
            return await self._store.load(self._name)
        except Exception:
            log.exception("The learned limit of %s could not be read", self._name)
            return None

    async def forget(self) -> None:
        """Nothing is known of the limit any more, here and in the store."""
        self._budget.forget()
        self._saved = None
        await self.save()

    async def save(self) -> None:
        """Save what is known now."""
        async with self._saving:
            if self._store is None or not self.stale:
                return
            self._saved = self._news
            learned = self._budget.learned(asyncio.get_running_loop().time(), time.time())
            try:
                await self._store.save(self._name, learned)
            except Exception:
                log.exception("The learned limit of %s could not be saved", self._name)

    @property
    def _news(self) -> tuple[float, float, float]:
        budget = self._budget
        return budget.rate, budget.size, budget.tested_at // _FRESH if budget.known else 0.0

    def _learn(self, whose: object, request: Request, outcome: Outcome, now: float) -> None:
        """Tell the models of the server what it said."""
        asked_at = now - outcome.seconds
        match outcome:
            case Sent():
                self._budget.accepted(asked_at, now)
                self._flights.end(whose, now, answered=True)
            case Refused(Reason.LOST):
                self._budget.lost()
                self._flights.end(whose, now, answered=False)
            case Refused(Reason.UNAVAILABLE):
                self._budget.returned(asked_at, now)
                self._flights.end(whose, now, answered=False)
            case Refused(Reason.RATE_LIMITED, retry_after) if not isinstance(request, Join):
                self._budget.refused(asked_at, now, retry_after)
                self._flights.turned_away(whose)
            case Refused():
                self._budget.returned(asked_at, now)
                self._flights.drop(whose)
