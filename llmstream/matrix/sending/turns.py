"""When the edits of each message come where a rate limit allows few for many of them.

Pure rules. What an account takes until the messages that are being written end, less a final for
each, can be spent on edits. Each of these goes to the message that would otherwise stand still for
longest, and those of one message are evenly apart. So of five messages that take half a minute
each, all show something new in the middle of it, where one after another would stand still. How
long messages take is learned (lengths.py); where it is not known, priority.py spends what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace

from .budget import Budget

_MOST = 20  # edits that are planned for one message
# Tokens that are not planned with, as an answer may end sooner than any before.
_SPARED = 0.75
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Course:
    """One message that is being written.

    Args:
        shown: Whether a room has seen the beginning of it, or is about to.
        newest_at: When its newest event went.
        left: Seconds that it goes on at least, as an end that comes sooner than expected may have
            to wait (with the average, ends of mixed lengths did, by up to 9 s); 0 where that is
            not known.
        expected: Seconds that it goes on on average; 0 likewise.
    """

    shown: bool = True
    newest_at: float = 0.0
    left: float = 0.0
    expected: float = 0.0


def kept_back(budget: Budget, courses: Sequence[Course]) -> float:
    """Tokens that must be there now, so that there is one for each final when it is due."""
    lefts = sorted(course.left for course in courses)
    needed = (n - budget.rate * left for n, left in enumerate(lefts, start=1))
    return max(0.0, *needed) + _SPARED if lefts else 0.0


def turns(budget: Budget, courses: Sequence[Course], now: float) -> list[float]:
    """When the next edit of each message goes, in the order given; never is infinite.

    A bucket that is full is not to be wasted: what it has next is for whoever wants it.
    """
    until_all_end = max((course.left for course in courses), default=0.0)
    unseen = sum(1 for course in courses if not course.shown)
    spare = budget.available(now) + budget.rate * until_all_end - len(courses) - unseen - _SPARED
    spans = [max(0.0, now + course.left - course.newest_at) for course in courses]
    edits = [0] * len(courses)
    stands_still = [(-spans[n], n) for n, course in enumerate(courses) if course.shown]
    heapify(stands_still)
    for _ in range(min(int(spare), _MOST * len(stands_still))):
        _, n = stands_still[0]
        edits[n] += 1
        heapreplace(stands_still, (-spans[n] / (edits[n] + 1), n))
    full_at = budget.ready_at(budget.size, now)
    return [
        min(full_at, course.newest_at + span / (planned + 1) if planned else _NEVER)
        for course, span, planned in zip(courses, spans, edits, strict=True)
    ]
