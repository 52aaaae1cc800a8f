"""What an account's budget is spent on: finals, then first messages, notices, edits.

Pure rules over what budget.py has learned; who goes first among equals is scheduler.py's business.

A token is kept back for the final of every message that is being written. First messages are made
from what is left beyond that, at once (where that is nothing, for so many are written, half of a
bucket of them begin all the same), and after them the bot's notices; edits from the same, spread
over time: one goes when the tokens that are left, times the seconds since the last edit, reach the
time in which a fifth of the bucket refills. So edits come fast while there is plenty, settle at
the server's own rate, and leave something for the next question. What would overflow a full bucket
is lost in any case and may always be spent.

While nothing is known, a message that is written alone feels its way, as the limit may be
Synapse's default, or that of another account of the homeserver. It begins as fast as anywhere;
then its edits come a little slower, evenly apart, until of that limit a little less than one event
would be left. The next edit is sent at once. Where it is taken there is more, and nothing is slow
any more. Where it is refused it cost nothing: the final can go within a second, and the next edit
comes before a reader thinks that it has stopped.

Where that leaves hardly an edit for each of several messages, and it is known how long they take,
each has its turn instead (turns.py), and what refills until a final is due is not kept back.

A limit learned long ago is doubted, and so is another account's: a message that is written alone
feels its way in the same manner (where such are over sooner, its edits go as without a limit), and
of several the end that would have to wait for the next event does not, until the server refuses
(it still holds) or has taken too much for it (it is forgotten).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import ceil, sqrt

from .bucket import Bucket
from .budget import Budget
from .turns import Course, kept_back

_SHARE = 0.2
EDITS_APART = 0.048
"""Seconds from an edit or final of an account to its next edit. Synapse works 10 to 20 ms on each,
in one thread: finals and first messages find it free, and many finals at once have it alone.
"""

# Feeling its way: with how many events left edits begin to slow down, how many seconds apart they
# are then at least, what is left when the limit is tried, and from what rate on none need to.
_PLENTY, _SLOWLY, _LEFT, _EASY = 7.0, 0.5, 0.85, 1.0
# Of a limit that is new, with how many events left an edit goes: Synapse's default gives so many
# within 5 seconds of the last one.
_NEW = 1.72
# Messages take turns where less of an edit than this is left for each of them.
_HARDLY = 0.8


class Rank(IntEnum):
    """What goes first, lowest value first."""

    FINAL = 0
    FIRST = 1
    NOTICE = 2
    EDIT = 3


@dataclass(frozen=True, slots=True)
class Writing:
    """The messages that are being written, each of which waits for a final. How far each is makes
    a difference only where a limit is known.
    """

    finals: int = 0
    courses: tuple[Course, ...] = ()

    @property
    def shown(self) -> int:
        return sum(1 for course in self.courses if course.shown)


def takes_turns(budget: Budget, writing: Writing, now: float) -> bool:
    """Whether edits go by turns.py: hardly one is left for each of several messages beyond their
    finals, and of some it is known how long they take.

    Not of more than a full bucket has finals for: there, each token is needed at the end.
    """
    finals = writing.finals
    if not budget.known or not 2 <= finals < budget.size:
        return False
    few = budget.available(now) - finals < _HARDLY * finals
    return few and any(course.left for course in writing.courses)


def earliest(rank: Rank, budget: Budget, writing: Writing, last_edit: float, now: float) -> float:
    """When the next event of this rank may go if none goes before: `now` for at once."""
    finals = writing.finals
    limited = budget.known and not _tries(rank, budget, finals, now)
    alone = rank is Rank.EDIT and finals <= 1
    if not limited:
        supposed = budget.supposed(now) if alone else None
        if supposed and (budget.borrowed or not _over_sooner(supposed, writing, now)):
            now = _carefully(supposed, now)
        return budget.opens_at(now)
    if alone and budget.is_new(now):
        return budget.ready_at(_NEW, now)
    if rank is Rank.FINAL:
        return budget.ready_at(1, now)
    by_turns = takes_turns(budget, writing, now)
    at = budget.ready_at((kept_back(budget, writing.courses) if by_turns else finals) + 1, now)
    if rank is Rank.FIRST and finals >= budget.size > 2 * writing.shown:
        at = min(at, budget.ready_at(writing.shown + 2, now))
    if rank is Rank.EDIT and not by_turns:
        at = max(at, _spread(budget, finals, last_edit, now))
    return min(at, budget.ready_at(budget.size, now))


def _tries(rank: Rank, budget: Budget, finals: int, now: float) -> bool:
    """Whether an event goes although a doubtful limit is against it."""
    if not budget.worth_testing(now):
        return False
    if finals <= 1:
        return rank in (Rank.FINAL, Rank.EDIT)
    return rank in (Rank.FINAL, Rank.FIRST) and budget.spent(now)


def _over_sooner(supposed: Bucket, writing: Writing, now: float) -> bool:
    """Whether messages are too short on average to find out by feeling their way."""
    expected = max((course.expected for course in writing.courses), default=0.0)
    return 0 < expected < _tried_at(supposed) - now


def _carefully(supposed: Bucket, now: float) -> float:
    """When an edit may go that must not come to a limit which is perhaps there."""
    since, rate = supposed.set_at, supposed.rate
    if supposed.level(since) < 1 or supposed.level(now) >= _PLENTY or rate >= _EASY:
        return now
    return max(now, since + (_tried_at(supposed) - since) / _edits_left(supposed))


def _edits_left(supposed: Bucket) -> int:
    """Edits, the last of which leaves what is wanted when the limit is tried after it."""
    comes = supposed.rate * _SLOWLY
    left = supposed.level(supposed.set_at)
    return max(1, ceil((left + comes - _LEFT) / (1 - comes))) if comes < 1 else 1


def _tried_at(supposed: Bucket) -> float:
    """When the last edit goes before the limit is tried."""
    wanted = _LEFT - supposed.rate * _SLOWLY + _edits_left(supposed)
    return supposed.set_at + (wanted - supposed.level(supposed.set_at)) / supposed.rate


def _spread(budget: Budget, finals: int, last_edit: float, now: float) -> float:
    """Solves gap * (left + rate * gap) = share * size / rate for the gap after the last edit.

    `left` is what that edit left over. Longer ago than the bucket takes to fill is all the same.
    """
    since = min(now - last_edit, budget.size / budget.rate)
    left = budget.available(now) - finals - budget.rate * since
    gap = (sqrt(left * left + 4 * _SHARE * budget.size) - left) / (2 * budget.rate)
    return now - since + gap
