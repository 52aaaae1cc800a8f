"""The server's rate limit for one account, as far as we know it.

A pure model: it is told what was sent and what the server said, and learns from that the rate and
the size of a bucket (bucket.py), of a first refusal with first_refusal.py. It neither sleeps nor
sends (scheduler.py), nor decides what the events are spent on (priority.py); it outlives the
process through `BudgetStore`. All times are seconds of one clock.

Synapse's limiter is a leaky bucket for each user over all rooms: element-hq/synapse,
synapse/api/ratelimiting.py, default `rc_message` 0.2 a second, burst 10. A refused request takes
nothing from it, and `retry_after_ms` counts from its arrival to when one event is free again
(docs/facts.md, "Rate limits").
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from .bucket import UNLIMITED, Bucket
from .first_refusal import COMMON, SLACK, likeliest

# The server counts milliseconds downwards, and from when the request arrived: a little after it
# was made.
_ARRIVAL = 0.05
# How long the server is left alone that refuses without saying for how long, at first and at most;
# and after how many waits in vain one that says so is given longer than it said.
_HOLD, _LONGEST_HOLD, _PATIENT = 2.0, 30.0, 3
# A limit is put to the test when it was not confirmed for so long, in seconds: soon at first, for
# whoever has just met one may have it lifted; each test that it stands doubles that. It is gone
# when an event more than it allows was taken.
_TRUSTED_FOR, _LONGEST_TRUSTED = 300.0, 3600.0
_BEYOND = 1.0
# So much of an event more than Synapse's default allows shows that it is not the default.
_MORE = 0.1
# Two refusals that the model did not expect, so close together in seconds, mean that the model is
# wrong.
_REPEATED_WITHIN = 600.0
# A limit is new for so many seconds after the first refusal; an old one after a test of it.
_NEW_FOR, _NEW_AGAIN_FOR = 600.0, 60.0


@dataclass(frozen=True, slots=True)
class Learned:
    """What is remembered of an account's limit.

    Args:
        rate: Events per second.
        size: Events at once, after a long pause.
        learned_at: When the server last confirmed it, in unix time.
        lengths: What the last messages took to be written, oldest first: kind and seconds
            (lengths.py).
        borrowed: Whether it is another account's of the same homeserver, and so a guess.
    """

    rate: float
    size: float
    learned_at: float
    lengths: tuple[tuple[str, float], ...] = ()
    borrowed: bool = False


class BudgetStore(Protocol):
    """Where learned limits outlive the process. `account` is homeserver URL, a space, user id.

    `Learned.lengths` and `borrowed` are loaded by who has them from elsewhere; neither is ever
    given to be saved.
    """

    async def load(self, account: str) -> Learned | None:
        """What was saved last, None if nothing was. A rate of 0 is no limit."""

    async def save(self, account: str, learned: Learned | None) -> None:
        """Remember this; None forgets, as there is no limit any more."""


class Budget:
    """A bucket that is unlimited until the server first refuses, and learned from then on.

    Attributes:
        tested_at: When the server last confirmed the limit.
        presumed: A bucket of Synapse's default, while there is no sign of the limit or against it.
        borrowed: Whether the limit is another account's of the same homeserver, until there is a
            sign of it or against it.
    """

    def __init__(self) -> None:
        self.tested_at = 0.0
        self.presumed: Bucket | None = Bucket(*COMMON[0])
        self.borrowed = False
        self._new_until = float("-inf")
        self._trusted_for = _TRUSTED_FOR
        self._bucket = Bucket()
        self._closed_until = 0.0
        self._in_vain = 0
        self._in_flight = 0
        self._accepted: deque[float] = deque(maxlen=512)
        self._free_at = self._told_at = float("-inf")
        self._guessed = False
        self._fullest = 0.0
        self._surprise: tuple[float, float] | None = None
        self._near_misses: deque[float] = deque(maxlen=_PATIENT + 1)

    @property
    def known(self) -> bool:
        """Whether there is a limit that we know of."""
        return self._bucket.limited

    @property
    def rate(self) -> float:
        """Events a second; 0 where no limit is known."""
        return self._bucket.rate

    @property
    def size(self) -> float:
        """Events at once, after a long pause."""
        return self._bucket.size

    def available(self, now: float) -> float:
        """Events that may go now; below 1, none."""
        return self._bucket.level(now)

    def opens_at(self, now: float) -> float:
        """When the server may be asked at all: it can refuse without saying for how long."""
        return max(now, self._closed_until)

    def ready_at(self, events: float, now: float) -> float:
        """When so many events may go, if none goes before."""
        return max(self._closed_until, self._bucket.filled_at(events, now))

    def remember(self, learned: Learned, now: float, unix_now: float) -> None:
        """Begin with what an earlier process or another account learned; the bucket is taken to be
        full.
        """
        fits = self.borrowed or not (self.known or (learned.borrowed and self._accepted))
        if fits and learned.rate > 0 and learned.size >= 1:
            self.presumed, self.borrowed = None, learned.borrowed
            self._bucket.limit(learned.rate, learned.size)
            self._bucket.set(self.size - self._in_flight, now)
            self.tested_at = now - max(0.0, unix_now - learned.learned_at)

    def learned(self, now: float, unix_now: float) -> Learned | None:
        """What a later process should begin with."""
        if not self.known or self.borrowed:
            return None
        return Learned(self.rate, self.size, unix_now - (now - self.tested_at))

    def sent(self, now: float) -> None:
        """A request goes out."""
        self._fullest = max(self.available(now), self._fullest)
        self._bucket.take(1, now)
        if self.presumed:
            self.presumed.take(1, now)
        self._in_flight += 1

    def accepted(self, asked_at: float, now: float) -> None:
        """The server took the event of a request made at `asked_at`."""
        self._in_flight -= 1
        self._in_vain = 0
        self._accepted.append(asked_at)
        # It may have taken it only just now: no full bucket has leaked since then.
        self._bucket.set(min(self.available(now), self.size - 1 - self._in_flight), now)
        if self.known and self.available(now) < -_BEYOND:
            self.forget()
        if self.presumed and self.presumed.level(now) < -_MORE:
            self.presumed = None

    def returned(self, asked_at: float, now: float) -> None:
        """The request made at `asked_at` ended without taking anything from the bucket."""
        self._in_flight -= 1
        # What the server said of the bucket since then did not count this request either.
        if asked_at >= self._told_at:
            self._bucket.take(-1, now)
        if self.presumed:
            self.presumed.take(-1, now)

    def lost(self) -> None:
        """A request ended, and nobody knows whether it took anything."""
        self._in_flight -= 1

    def refused(self, asked_at: float, now: float, retry_after: float | None) -> None:
        """The server said that the limit is reached, for `retry_after` seconds from `asked_at`."""
        waited = asked_at >= self._free_at
        self._in_vain += waited
        if self.worth_testing(now):
            self._trusted_for = min(2 * self._trusted_for, _LONGEST_TRUSTED)
            self._new_until = now + _NEW_AGAIN_FOR
        if retry_after is None:
            self.returned(asked_at, now)
            self._close(now, _HOLD)
            self._free_at = self._closed_until
            return
        expected = self.available(now) + self._in_flight
        self._in_flight -= 1
        free_at = asked_at + retry_after + _ARRIVAL
        if self.borrowed or not self.known:
            supposed = (self.rate, self.size) if self.known else COMMON[0]
            self._bucket.limit(*likeliest(self._accepted, asked_at, retry_after, supposed))
            self._guessed = (self.rate, self.size) not in (supposed, *COMMON)
            self.presumed, self.borrowed = None, False
            self._new_until = now + _NEW_FOR
        elif waited:
            self._correct(expected - (1 - self.rate * (free_at - now)), free_at)
        if self._in_vain > _PATIENT:
            self._close(now, _HOLD / 2**_PATIENT)
        self._free_at = max(free_at, self._free_at)
        self.tested_at = self._told_at = now
        self._fullest = 0.0
        self._bucket.set(1 - self.rate * (free_at - now), now)

    def busiest(self, seconds: float) -> int:
        """The most events that were taken within so many seconds, of the last hundreds."""
        most, window = 0, deque[float]()
        for at in sorted(self._accepted):
            window.append(at)
            while window[0] <= at - seconds:
                window.popleft()
            most = max(most, len(window))
        return most

    def worth_testing(self, now: float) -> bool:
        """Whether the limit is so old that it should be seen if it still holds, or a guess."""
        doubtful = self.borrowed or now - self.tested_at > self._trusted_for
        return self.known and doubtful and now >= self._closed_until

    def supposed(self, now: float) -> Bucket | None:
        """The bucket that is perhaps there, where the server has said nothing, or long ago."""
        return self._bucket if self.worth_testing(now) else self.presumed

    def spent(self, now: float) -> bool:
        """Whether another event shows if there is a limit: none is left, and none on its way."""
        return self.available(now) < 1 and not self._in_flight

    def is_new(self, now: float) -> bool:
        """Whether the server has refused a short while ago what was not known to be too much."""
        return self.known and now < self._new_until

    def forget(self) -> None:
        """The limit is another one now, or none: nothing is known until the server refuses."""
        self._bucket.unlimit()
        self.presumed, self.borrowed = None, False
        self._trusted_for = _TRUSTED_FOR
        self._free_at, self._surprise = float("-inf"), None

    def _close(self, now: float, least: float) -> None:
        """Leave the server alone for a while: longer each time that waiting was in vain."""
        seconds = min(_LONGEST_HOLD, least * 2.0 ** (self._in_vain - 1))
        self._closed_until = max(self._closed_until, now + seconds)

    def _correct(self, missing: float, free_at: float) -> None:
        """A refusal where the model had `missing` events more than the server.

        Once may be another program on the same account. Twice it is the model: the size, where the
        bucket was thought to be full in between, else the rate. A rate that was a guess is refined
        each time, and a common one that is missed again and again by less was one.
        """
        rate = self._measured_rate(free_at)
        if self._guessed and rate is not None:
            self._bucket.rate = min(self.rate, rate)
        elif missing >= SLACK:
            before, self._surprise = self._surprise, (missing, free_at)
            if before is None or free_at - before[1] > _REPEATED_WITHIN:
                return
            if self._fullest > 0.9 * self.size:
                self._bucket.size = max(1.0, self.size - int(min(before[0], missing)))
            elif rate is not None:
                self._bucket.rate = min(self.rate, max(rate, self.rate / 2))
        else:
            self._near_misses.append(free_at)
            if self._near_misses[0] >= free_at - _REPEATED_WITHIN:
                self._guessed |= len(self._near_misses) > _PATIENT

    def _measured_rate(self, free_at: float) -> float | None:
        """Between two refusals exactly as much was taken as leaked in."""
        taken = sum(1 for at in self._accepted if at >= self._free_at - SLACK)
        between = free_at - self._free_at
        return taken / between if taken and 0 < between < UNLIMITED else None
