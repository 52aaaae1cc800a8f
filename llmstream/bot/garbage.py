"""Python's search for garbage: it holds up everybody in maubot, for longer the more there is.

It is the whole process's, and so is what is done about it here; all of it is undone when the
plugin's last instance ends.

- The packages behind providers stay: a search through them takes more than 100 ms, and they are
  left out of it.
- Each answer that is being written is six hundred objects, hardly one of them garbage. While many
  are, the full search waits, for so long at most as a hundred of them would have taken to come.
  The searches through what is new go on, and take a few milliseconds.

Python's documentation, "gc": `freeze`, and the third number of `set_threshold` (before 3.14).
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

MANY = 20
"""With fewer answers a full search takes less than 50 ms."""
_RARER = 100


class Garbage:
    """What is searched how often in this process, as the plugin's instances want it."""

    def __init__(self) -> None:
        self._instances: set[str] = set()
        self._modules = 0
        self._is_new = True
        self._answers = 0
        self._usual: tuple[int, int, int] | None = None

    def leave_out(self, instance: str) -> None:
        """Do not search what there is now, if something was loaded since the last time."""
        if self._modules != len(sys.modules):
            if self._is_new:
                gc.collect()  # with it goes what the plugin was before a reload
                self._is_new = False
            gc.freeze()
            self._modules = len(sys.modules)
        self._instances.add(instance)

    def look_again(self, instance: str) -> None:
        """This one ends. With the last, all is searched: what was loaded may be garbage now."""
        self._instances.discard(instance)
        if not self._instances:
            gc.unfreeze()
            self._modules = 0

    @contextmanager
    def one_answer(self) -> Iterator[None]:
        """One more is being written until the block ends."""
        self._answers += 1
        self._adapt()
        try:
            yield
        finally:
            self._answers -= 1
            self._adapt()

    def _adapt(self) -> None:
        if self._answers > MANY and self._usual is None:
            self._usual = new, younger, _ = gc.get_threshold()
            gc.set_threshold(new, younger, self._usual[2] * _RARER)
        elif self._answers <= MANY and self._usual is not None:
            gc.set_threshold(*self._usual)
            self._usual = None


garbage = Garbage()
