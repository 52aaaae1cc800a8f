"""What an account sends, and the plain case of it: one request, made until it is settled.

A message that is written over time is the other case (lane.py). What goes when: scheduler.py.
"""

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Callable

from mautrix.types import EventID

from .outcome import Outcome, Reason, Refused, SendError, Sent
from .priority import Rank
from .request import Join, Request

_BACKOFF, _LONGEST_BACKOFF = 0.5, 15.0
_WEIGHT = 10
_GATEWAY_PATIENCE = 40
"""How often something before the homeserver may refuse one request: for about ten minutes."""

_FORBIDDEN_PATIENCE = 3
"""How often a filter may forbid one request, until that is believed."""


def backoff(failures: int) -> float:
    """Seconds until the next try after so many failures: doubling, and not the same for all."""
    return min(_LONGEST_BACKOFF, _BACKOFF * 2.0 ** (failures - 1)) * random.uniform(1.0, 1.3)


class Sendable(ABC):
    """Something that has at most one request in flight, and is asked for the next when it may go.

    Args:
        wake: Called when it has something to send, or nothing any more.

    Attributes:
        in_flight: Whether a request of it is on its way.
        since: Loop time since when it has waited.
        touches: Changes that its next request brings.
        edits: Edits that the server has taken.
    """

    def __init__(self, wake: Callable[[Sendable], None]) -> None:
        self._wake = wake
        self.in_flight = False
        self.since = asyncio.get_running_loop().time()
        self.touches = 1
        self.edits = 0
        self._not_before = float("-inf")
        self._failures = 0
        self._forbidden = 0

    @property
    @abstractmethod
    def rank(self) -> Rank | None:
        """What its next request is; None while it has nothing to send."""

    @property
    def due(self) -> float:
        """Loop time before which it sends nothing."""
        return self._not_before

    @property
    @abstractmethod
    def over(self) -> bool:
        """Whether it sends nothing more, unless it wakes the scheduler again."""

    def urgency(self, now: float) -> float:
        """Who goes first among equal ranks: the highest."""
        return now - self.since

    @abstractmethod
    def request(self, now: float) -> Request | None:
        """What to send now, painted at this moment; None if there is nothing after all."""

    def started(self, now: float) -> None:  # noqa: ARG002
        """Hear that the request is on its way."""
        self.in_flight = True

    def passes(self, outcome: Outcome) -> bool:
        """Whether this says nothing of the request itself: it is to be made again."""
        match outcome:
            case Refused(Reason.GATEWAY):
                return self._failures < _GATEWAY_PATIENCE
            case Refused(Reason.FORBIDDEN):
                return outcome.may_pass and self._forbidden <= _FORBIDDEN_PATIENCE
            case Refused(Reason.RATE_LIMITED | Reason.UNAVAILABLE | Reason.LOST):
                return True
        return False

    def settle(self, outcome: Outcome, now: float) -> None:
        """Hear what became of the request in flight."""
        self.in_flight = False
        match outcome:
            case Refused(Reason.UNAVAILABLE | Reason.LOST | Reason.GATEWAY):
                self._failures += 1
                self._not_before = now + backoff(self._failures)
            case Refused(Reason.FORBIDDEN) if outcome.may_pass:
                self._forbidden += 1
                self._not_before = now + backoff(self._forbidden)
            case _:
                self._failures = self._forbidden = 0

    @abstractmethod
    def fail(self, error: Exception) -> None:
        """Give up, and tell whoever waits why."""


class Single(Sendable):
    """One request, complete from the beginning: a reaction, an error, a redaction, a join."""

    def __init__(self, wake: Callable[[Sendable], None], request: Request, rank: Rank) -> None:
        super().__init__(wake)
        self._request = request
        self._rank = rank
        self._done: asyncio.Future[EventID] = asyncio.get_running_loop().create_future()

    @property
    def rank(self) -> Rank | None:
        return None if self._done.done() else self._rank

    @property
    def over(self) -> bool:
        return self._done.done()

    def urgency(self, now: float) -> float:
        # All of it is new to the room: as much as a message's edit ever brings (lane.py).
        return super().urgency(now) * (_WEIGHT if self._rank is Rank.EDIT else 1)

    def request(self, now: float) -> Request:  # noqa: ARG002
        return self._request

    def settle(self, outcome: Outcome, now: float) -> None:
        super().settle(outcome, now)
        match outcome:
            case Sent(event_id):
                if not self._done.done():
                    self._done.set_result(event_id)
            case Refused(Reason.RATE_LIMITED) if isinstance(self._request, Join):
                # Joins have limits of their own besides the account's budget, which knows nothing
                # of them.
                self._not_before = now + (outcome.retry_after or _LONGEST_BACKOFF)
            case Refused() if not self.passes(outcome):
                self.fail(SendError(outcome))

    def fail(self, error: Exception) -> None:
        if not self._done.done():
            self._done.set_exception(error)

    async def done(self) -> EventID:
        """The event, once the server has it. Cancelled before that, it is not sent (again).

        Raises:
            SendError: The server refused it for good.
        """
        try:
            return await self._done
        finally:
            self._wake(self)
