"""What was answered and used since the start, in numbers: for who asks now and again.

In memory alone. What outlives the process is in store/ledger.py and store/answers.py; how the
numbers are told to Prometheus, in web/metrics.py.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from .store import Answer, Spending

FIRST_WORD = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0, 60.0)
"""Seconds until the room has the first words: the bounds between which answers are counted."""
WHOLE = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""The same until it has a complete answer."""


@dataclass
class Spread:
    """How many took how long. `counts[i]` are those up to `bounds[i]`, the last those above."""

    bounds: Sequence[float]
    counts: list[int] = field(init=False)
    total: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def add(self, seconds: float) -> None:
        """One more, which took so long."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds


class Tally:
    """Counted by the names of providers, which the admin has given.

    Attributes:
        answers: By provider and status: that of `store.Answer`, or not_taken.
        tokens: By provider and direction: input, output.
        cost: By provider, in US dollars.
        first_words, wholes: By provider: `FIRST_WORD`, `WHOLE`.
    """

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, str]] = Counter()
        self.tokens: Counter[tuple[str, str]] = Counter()
        self.cost: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.first_words: defaultdict[str, Spread] = defaultdict(lambda: Spread(FIRST_WORD))
        self.wholes: defaultdict[str, Spread] = defaultdict(lambda: Spread(WHOLE))

    def answered(self, answer: Answer) -> None:
        """An answer has ended, and the room has all of it."""
        self.answers[answer.provider, answer.status] += 1
        if answer.first_word is not None:
            self.first_words[answer.provider].add(answer.first_word)
        if answer.seconds is not None and answer.status == "complete":
            self.wholes[answer.provider].add(answer.seconds)

    def not_taken(self, provider: str) -> None:
        """An answer has ended, and its room took none of it, or not its end."""
        self.answers[provider, "not_taken"] += 1

    def used(self, spending: Spending) -> None:
        """A question is settled: it has used this."""
        self.tokens[spending.provider, "input"] += spending.input_tokens
        self.tokens[spending.provider, "output"] += spending.output_tokens
        self.cost[spending.provider] += spending.cost
