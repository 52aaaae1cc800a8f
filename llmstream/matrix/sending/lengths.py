"""How long messages take to be written, by what the last ones of their kind took.

A kind is whatever makes messages alike: the model. Pure; told of each message by scheduler.py.
What is made of it under a rate limit is turns.py's to say.
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

    def left(self, kind: str, age: float) -> float:
        """Seconds that a message of this age goes on at least, as all of its kind have that were
        not over by then; 0 where that is not known.

        The shortest, as an end that comes sooner than expected may have to wait.
        """
        known = self._seconds.get(kind, ())
        longer = [seconds for seconds in known if seconds > age]
        return min(longer) - age if len(known) >= _ENOUGH and longer else 0.0
