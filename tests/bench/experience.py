"""How what a room showed felt to who reads it: how far behind it was, and Andes' quality.

Pure: of each answer it is told what was to be read when. All times are seconds from the first
token.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

WORDS_A_SECOND = 4.8
"""A fast reader, as Andes has it (arXiv 2404.16283)."""

_STEP = 0.01

Seen = Sequence[tuple[float, float]]
"""From when on, which part of the answer (0 to 1) could be read."""


@dataclass(frozen=True)
class Written:
    """An answer as its model wrote it: evenly, over so many seconds, so many words."""

    seconds: float
    words: int

    def seen_at_once(self, delay: float) -> Seen:
        """What a room would show that has each word so long after it was written."""
        steps = int(self.seconds / _STEP)
        return [(n * _STEP + delay, (n + 1) / steps) for n in range(steps)]


def mean_lag(seen: Seen, written: Written) -> float:
    """How long ago the first word was written that is not yet shown, on average."""
    shown = _over_time(seen)
    times = _times(written.seconds)
    return statistics.mean(max(0.0, now - shown(now) * written.seconds) for now in times)


def quality(seen: Seen, written: Written) -> float:
    """Andes' quality of experience, 0 to 1, until all could be read.

    One less the area between what could be read at a reader's pace and what was, as a part of the
    whole: nobody is served by words faster than that, and words that come late are not caught up
    with at once.
    """
    shown, had = _over_time(seen), 0.0
    missing = whole = 0.0
    for now in _times(seen[-1][0]):
        wanted = min(WORDS_A_SECOND * now, written.words)
        had = max(had, min(had + WORDS_A_SECOND * _STEP, shown(now) * written.words))
        missing += wanted - min(had, wanted)
        whole += wanted
    return 1 - missing / whole if whole else 1.0


def _times(until: float) -> Iterable[float]:
    return (n * _STEP for n in range(round(until / _STEP)))


def _over_time(seen: Seen) -> Callable[[float], float]:
    """The part that is shown at a moment; moments are asked for in order."""
    steps, shown = iter([*seen, (float("inf"), 1.0)]), 0.0
    upcoming = next(steps)

    def at(now: float) -> float:
        nonlocal upcoming, shown
        while upcoming[0] <= now:
            shown = upcoming[1]
            upcoming = next(steps)
        return shown

    return at
