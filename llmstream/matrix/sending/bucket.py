"""A leaky bucket: how many events an account has left, and when it will have more.

Pure arithmetic. What rate and size it has is for budget.py to learn. All times are seconds of one
clock.
"""

from __future__ import annotations

UNLIMITED = float("inf")


class Bucket:
    """Fills with `rate` events a second up to `size`; full, and unlimited until it is given both.

    It may be overdrawn: what is on its way is taken from it before the server has said so.

    Attributes:
        rate, size: Events a second, and at once.
        set_at: When something was last taken out of it, or its level was told.
    """

    def __init__(self, rate: float = 0.0, size: float = UNLIMITED) -> None:
        self.rate, self.size = rate, size
        self._level, self.set_at = size, 0.0

    @property
    def limited(self) -> bool:
        """Whether it has a size."""
        return self.size != UNLIMITED

    def level(self, now: float) -> float:
        """Events in it now; below 1, none may go."""
        return min(self.size, self._level + self.rate * max(0.0, now - self.set_at))

    def filled_at(self, events: float, now: float) -> float:
        """When there are so many events in it, if none goes before."""
        missing = events - self.level(now)
        if missing <= 0:
            return now
        if events > self.size:
            return UNLIMITED
        # A moment later, so that rounding never makes it too early.
        return now + missing / self.rate + 0.005

    def set(self, level: float, now: float) -> None:
        """So many events are in it now, or as many as it holds."""
        self._level, self.set_at = min(self.size, level), now

    def take(self, events: float, now: float) -> None:
        """So many events go out of it."""
        self.set(self.level(now) - events, now)

    def limit(self, rate: float, size: float) -> None:
        """It has this rate and size."""
        self.rate, self.size = rate, size

    def unlimit(self) -> None:
        """It has no limit, as in the beginning."""
        self.limit(0.0, UNLIMITED)
        self._level = UNLIMITED
