"""How many requests the server answers at once without slowing down. Pure; scheduler.py obeys it.

The limit grows by one for each round of answers that came as quickly as ever, and shrinks when
they take longer: the way TCP shares a line. A request that hangs, say in one broken room, stops
counting after a while, so that it holds up nobody else.
"""

from __future__ import annotations

from collections.abc import Collection

_FIRST, _LEAST, _MOST = 8.0, 1.0, 64.0
# Slower than this many times the usual, plus some seconds that do not matter, is slowing down.
_SLOWER, _UNFELT = 2.5, 0.08
_SHRINK = 0.7
# The usual follows the quickest answers; slowly upwards, for a server that is slow for good.
_DRIFT = 1.02
_HANGS, _HANGS_AT_LEAST = 4.0, 2.0


class Width:
    """The limit on requests in flight over all messages of an account."""

    def __init__(self) -> None:
        self.limit = _FIRST
        self._usual: float | None = None
        self._typical = 0.0
        self._shrunk_at = float("-inf")

    @property
    def patience(self) -> float:
        """Seconds after which a request hangs."""
        return max(_HANGS_AT_LEAST, _HANGS * self._typical)

    def has_room(self, started: Collection[float], now: float) -> bool:
        """Whether another request may start beside those that were started at these times."""
        return sum(1 for at in started if now - at < self.patience) < int(self.limit)

    def answered(self, seconds: float, in_flight: int, now: float) -> None:
        """A request was answered after so many seconds, the last of `in_flight` at the time."""
        usual = seconds if self._usual is None else min(seconds, self._usual * _DRIFT)
        self._usual = usual
        self._typical += (seconds - self._typical) / 8
        if seconds > usual * _SLOWER + _UNFELT:
            self._shrink(now - seconds, now)
        elif in_flight >= int(self.limit):
            self.limit = min(_MOST, self.limit + 1 / self.limit)

    def failed(self, seconds: float, now: float) -> None:
        """A request ended without an answer."""
        self._shrink(now - seconds, now)

    def _shrink(self, started: float, now: float) -> None:
        """Once for each round: what was already in flight when it shrank says nothing new."""
        if started >= self._shrunk_at:
            self.limit = max(_LEAST, self.limit * _SHRINK)
            self._shrunk_at = now
