"""What an account's budget is spent on: finals, then first messages, notices, edits.

Pure rules over what budget.py has learned; who goes first among equals is scheduler.py's business.

A token is kept back for the final of every message that is being written. First messages are made
from what is left beyond that, at once, and after them the bot's notices; edits from the same,
spread over time: one goes when the tokens that are left, times the seconds since the last edit,
reach the time in which a fifth of the bucket refills. So edits come fast while there is plenty,
settle at the server's own rate, and leave something for the next question. What would overflow a
full bucket is lost in any case and may always be spent.

A limit learned long ago is doubted: while one message is written alone, its edits and its final
do not obey it, until the server refuses (it still holds) or has taken too much for it (it is
forgotten).
"""

from __future__ import annotations

from enum import IntEnum
from math import sqrt

from .budget import Budget

_SHARE = 0.2
# Seconds between two edits of an account. Synapse works 10 to 20 ms on each, in one thread; finals
# and first messages find it free.
_EDITS_APART = 0.048


class Rank(IntEnum):
    """What goes first, lowest value first."""

    FINAL = 0
    FIRST = 1
    NOTICE = 2
    EDIT = 3


def earliest(rank: Rank, budget: Budget, kept_back: int, last_edit: float, now: float) -> float:
    """When the next event of this rank may go if none goes before: `now` for at once."""
    doubted = kept_back <= 1 and rank in (Rank.FINAL, Rank.EDIT) and budget.worth_testing(now)
    limited = budget.known and not doubted
    if rank is Rank.EDIT:
        now = max(now, last_edit + _EDITS_APART)
    if not limited:
        return budget.opens_at(now)
    if rank is Rank.FINAL:
        return budget.ready_at(1, now)
    at = budget.ready_at(kept_back + 1, now)
    if rank is Rank.EDIT:
        at = max(at, _spread(budget, kept_back, last_edit, now))
    return min(at, budget.ready_at(budget.size, now))


def _spread(budget: Budget, kept_back: int, last_edit: float, now: float) -> float:
    """Solves gap * (left + rate * gap) = share * size / rate for the gap after the last edit.

    `left` is what that edit left over. Longer ago than the bucket takes to fill is all the same.
    """
    since = min(now - last_edit, budget.size / budget.rate)
    left = budget.available(now) - kept_back - budget.rate * since
    gap = (sqrt(left * left + 4 * _SHARE * budget.size) - left) / (2 * budget.rate)
    return now - since + gap
