"""One message that is written over time: its first event, its edits, its final.

It knows what this message would send next and from when on, and what a refusal means for it.
Whether there is room for that on the server is scheduler.py's business, what the content is the
painter's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from mautrix.types import EventID, RoomID

from .lengths import Lengths
from .outcome import Outcome, Reason, Refused, SendError, Sent
from .pace import gap
from .priority import Rank
from .request import Content, Event, transaction_of
from .sendable import Sendable
from .turns import Course

Paint: TypeAlias = Callable[[bool], Content | None]

_ABANDONED = Refused(Reason.LOST, None, "abandoned")
# How often within an interval the painter is asked again that had nothing new.
_LOOKS = 5


class Lane(Sendable):
    """A message being written. Made by `Scheduler.open`; ends with `finish()` or `abandon()`.

    One request is in flight at most, and edits start at least the interval apart; only the final
    does not wait for it.

        state      since                                       sends
        new        it was opened without an event id           once touched, the first event
        idle       the server has the newest                   nothing
        changed    it was touched                              an edit, painted as it goes
        doubtful   the fate of a request became unknown        that request, unchanged
        finishing  `finish()`                                  the final, after a doubtful one
        barred     a refusal for good, and nobody paints less  nothing until `finish()`
        closed     the final was taken or failed, `abandon()`  nothing until `finish()`

    From doubtful it goes back to where it was, so that a first event never comes twice and no edit
    comes after the final. After any other refusal what is sent is painted anew.

    Attributes:
        event_id: The first event, once the server has it; None before.
        refused: The last refusal for good, None after anything was taken.
        kind: What it has in common with others that take as long: the model.
        seconds: How long it was written; 0 until its final, and of what is no answer.
    """

    def __init__(
        self,
        wake: Callable[[Sendable], None],
        room_id: str,
        paint: Paint,
        *,
        event_id: str | None,
        interval: float,
        max_edits: int,
        on_refused: Callable[[Refused], bool] | None,
        on_begun: Callable[[EventID], None] | None = None,
        on_taken: Callable[[EventID], None] | None = None,
        patient: bool = False,
        name: str = "",
        kind: str = "",
        lengths: Lengths,
    ) -> None:
        super().__init__(wake)
        self.touches = 0
        self.event_id = EventID(event_id) if event_id else None
        self.refused: Refused | None = None
        self._room_id = RoomID(room_id)
        self._paint = paint
        self._interval = interval
        self._max_edits = max_edits
        self._on_refused = on_refused
        self._on_begun = on_begun
        self._on_taken = on_taken
        self._patient = patient
        self._name = name
        self.kind = kind
        self._lengths = lengths
        self.seconds = 0.0
        self._opened_at = self._newest_at = self.since
        self._paced_until = float("-inf")
        self._event: Event | None = None
        self._doubtful = False
        self._last_word = False
        self._finishing: asyncio.Future[EventID] | None = None
        self._closed = False

    def touch(self) -> None:
        """There is newer content. Cheap; called for every token."""
        self.touches += 1
        if self.touches == 1 and not self._closed and self.refused is None:
            self.since = asyncio.get_running_loop().time()
            self._wake(self)

    async def finish(self) -> EventID:
        """Send the final: next, without waiting for the interval, again and again until the
        server has it.

        Cancelled, only the waiting ends: the final goes out all the same, unless the lane is
        abandoned.

        Returns:
            The message's first event, the one that edits point at.

        Raises:
            SendError: The room refuses it for good. It may be tried again.
        """
        if self._finishing is None:
            loop = asyncio.get_running_loop()
            self._finishing = loop.create_future()
            self._finishing.add_done_callback(_retrieve)
            self._closed = False
            self.since = loop.time()
            self.seconds = 0.0 if self._patient else self.since - self._opened_at
            self._wake(self)
        return await asyncio.shield(self._finishing)

    def abandon(self) -> None:
        """No final will come, and nothing more is sent. What is in flight is not taken back."""
        if not self._closed:
            self.fail(SendError(_ABANDONED))

    @property
    def rank(self) -> Rank | None:
        if self._closed:
            return None
        if self._finishing is not None:
            return Rank.NOTICE if self._patient else Rank.FINAL
        if self._event is not None or self._wants_more:
            return Rank.EDIT if self.event_id else Rank.FIRST
        return None

    @property
    def due(self) -> float:
        if self._finishing is not None:
            return self._not_before
        return max(self._not_before, self._paced_until)

    @property
    def over(self) -> bool:
        return self._closed or (self.refused is not None and self.rank is None)

    @property
    def keeps_back(self) -> bool:
        """Whether a token must be kept for its final."""
        return not (self._patient or self.over or (self.in_flight and self._last_word))

    def course(self, now: float) -> Course:
        """How far it is."""
        shown = self.in_flight or self.event_id is not None
        if self._finishing:
            return Course(shown, self._newest_at)
        lengths, age = self._lengths, now - self._opened_at
        left, expected = lengths.least(self.kind, age), lengths.expected(self.kind, age)
        return Course(shown, self._newest_at, left, expected)

    def urgency(self, now: float) -> float:
        """Who has waited longest; of edits, for what has changed most."""
        waited = now - self.since
        return waited * self.touches.bit_length() if self.rank is Rank.EDIT else waited

    def request(self, now: float) -> Event | None:
        if self._event is None:
            self._last_word = self._finishing is not None
            content = self._paint(self._last_word)
            self.touches = 0
            if content is not None:
                self._event = self._named(Event(self._room_id, "m.room.message", content))
            elif self._last_word:
                raise ValueError("a final has to be painted")
            self._paced_until = now + self._interval / _LOOKS
        return self._event

    def started(self, now: float) -> None:
        super().started(now)
        self._newest_at = now
        edits, age = self.edits + 1 if self.event_id else 0, now - self._opened_at
        left = self._lengths.expected(self.kind, age)
        self._paced_until = now + gap(edits, self._interval, self._max_edits, age, left)

    def settle(self, outcome: Outcome, now: float) -> None:
        super().settle(outcome, now)
        match outcome:
            case Sent(event_id):
                self._taken(event_id)
            case Refused(Reason.RATE_LIMITED):
                self._again()
            case Refused(Reason.UNAVAILABLE | Reason.GATEWAY) if self.passes(outcome):
                # A gateway may say so of an event that is stored. Of an edit that does no harm.
                self._doubtful |= self.event_id is None
                self._again()
            case Refused(Reason.LOST):
                self._doubtful = True
                self._again()
            case Refused(Reason.FORBIDDEN) if self.passes(outcome):
                self._again()
            case Refused():
                self._refuse(outcome)

    def fail(self, error: Exception) -> None:
        self._closed = True
        self._event, self._doubtful = None, False
        finishing, self._finishing = self._finishing, None
        if finishing is not None:
            finishing.set_exception(error)
        self._wake(self)

    def _named(self, event: Event) -> Event:
        """The first event is always the same, however far it has come, and finals by what they
        say: a process that sends them again after a crash sends nothing twice.
        """
        if self._name and self.event_id is None:
            event.transaction_id = transaction_of(self._name)
        elif self._name and self._last_word:
            event.transaction_id = transaction_of(self._name, event.content)
        return event

    @property
    def _wants_more(self) -> bool:
        left = self._max_edits <= 0 or self.edits < self._max_edits
        return self.touches > 0 and self.refused is None and (left or self.event_id is None)

    def _taken(self, event_id: EventID) -> None:
        self._event, self._doubtful, self.refused = None, False, None
        if self.event_id is None:
            self.event_id = event_id
            if self._on_begun is not None:
                self._on_begun(event_id)
        else:
            self.edits += 1
        if self._on_taken is not None:
            self._on_taken(self.event_id)
        if self._last_word and not self._closed:
            self._succeed(self.event_id)

    def _succeed(self, event_id: EventID) -> None:
        self._closed = True
        if self._finishing is not None:
            self._finishing.set_result(event_id)
        self._wake(self)

    def _again(self) -> None:
        """The same event if it may be stored or is the final, else one painted anew."""
        if not self._doubtful and not self._last_word:
            self._event = None
            self.touches = max(1, self.touches)

    def _refuse(self, refused: Refused) -> None:
        self._event, self._doubtful = None, False
        if self._on_refused is not None and self._on_refused(refused):
            self.touches = max(1, self.touches)
            return
        self.refused = refused
        self.touches = 0
        if self._last_word:
            self.fail(SendError(refused))


def _retrieve(finishing: asyncio.Future[EventID]) -> None:
    """The final may fail after its waiter was cancelled; that is nothing to warn about."""
    if not finishing.cancelled():
        finishing.exception()
