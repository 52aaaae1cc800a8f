"""One line of the table: what became of all answers that one fault befell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .case import Case
from .verdict import Question, Verdict

HEAD = """
| fault | runs | answers | lost | doubled | stuck | text taken away | worst delay, s |
|---|---|---|---|---|---|---|---|"""


@dataclass(slots=True)
class Row:
    """The counts of one fault."""

    case: Case
    runs: int = 0
    answers: int = 0
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    taken_away: int = 0
    worst: float = 0.0
    seconds: float = 0.0

    def add(
        self, verdicts: Sequence[tuple[Question, Verdict]], free_at: float, seconds: float
    ) -> None:
        """Count one run, which took so many seconds. Delays are from `free_at` on, when nothing
        stood in the way any more.
        """
        self.runs += 1
        self.seconds += seconds
        for _, verdict in verdicts:
            self.answers += 1
            self.lost += verdict.lost
            self.doubled += verdict.doubled
            self.stuck += verdict.stuck
            self.taken_away += verdict.taken_away
            self.worst = max(self.worst, verdict.at - free_at)

    @property
    def seconds_each(self) -> float:
        """How long a run takes."""
        return self.seconds / self.runs if self.runs else 0.0

    @property
    def bad(self) -> int:
        """How often something was wrong: 0 is what it is all for."""
        return self.lost + self.doubled + self.stuck + self.taken_away

    def __str__(self) -> str:
        counted = (self.runs, self.answers, self.lost, self.doubled, self.stuck, self.taken_away)
        cells = (self.case.what, *map(str, counted), f"{self.worst:.1f}")
        return f"| {' | '.join(cells)} |"
