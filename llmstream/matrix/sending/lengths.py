"""How long messages take to be written, by what the last ones of their kind took.

A kind is whatever makes messages alike: the model. Pure; told of each message by scheduler.py.
What is made of it is turns.py's to say under a rate limit, else pace.py's.
"""

from __future__ import annotations

from collections import OrderedDict, deque

# Of how many messages a kind is remembered, how many it takes to expect anything, how many kinds.
_LAST, _ENOUGH, _KINDS = 20, 3, 32


class Lengths:
    """Seconds from the beginning of a message to its end, of the last ones."""

    def __init__(self) -> None:
        self._seconds: OrderedDict[str, deque[float]] = OrderedDict()

    def learn(self, kind: str, seconds: float) -> None:
        """A message of this kind took so long."""
        self._seconds.setdefault(kind, deque(maxlen=_LAST)).append(seconds)
        self._seconds.move_to_end(kind)
        if len(self._seconds) > _KINDS:
            self._seconds.popitem(last=False)

    def least(self, kind: str, age: float) -> float:
        """Seconds that a message of this age goes on at least, as all of its kind have that were
        not over by then; 0 where that is not known.
        """
        return min(self._longer(kind, age), default=age) - age

    def expected(self, kind: str, age: float) -> float:
        """Seconds that one of this age goes on, as those have on average; 0 likewise."""
        longer = self._longer(kind, age)
        return sum(longer) / len(longer) - age if longer else 0.0

    def _longer(self, kind: str, age: float) -> list[float]:
        known = self._seconds.get(kind, ())
        return [seconds for seconds in known if seconds > age] if len(known) >= _ENOUGH else []
