"""What one message shows of an answer: a stretch of its text, and of its reasoning.

A value. Which spans an answer has, and where they are cut, is `layout.py`'s to say.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from operator import attrgetter

from ...document import Task
from ...markdown.split import Cut

_at = attrgetter("at")


@dataclass(frozen=True, slots=True)
class Own:
    """Which characters of a message's text are the answer's, and not markers that a cut needed.

    Args:
        at: Where in the answer they begin.
        opening, closing: How many others stand before and behind them.
    """

    at: int = 0
    opening: int = 0
    closing: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end` of the text, and likewise of the thoughts (characters).

    Args:
        end, thought_to: None while this is the span that grows.
        opening, closing: The markers that a cut needs: a fence closed here is opened again there.
    """

    start: int = 0
    end: int | None = None
    opening: str = ""
    closing: str = ""
    thought_from: int = 0
    thought_to: int | None = None

    @property
    def own(self) -> Own:
        """Which characters of `text()` are of the whole."""
        return Own(self.start, len(self.opening), len(self.closing))

    def text(self, whole: str, until: int | None = None) -> str:
        """Its part of the whole text; up to `until` where it still grows."""
        end = until if self.end is None else self.end
        return self.opening + whole[self.start : end] + self.closing

    def tasks(
        self, tasks: tuple[Task, ...], *, first: bool, until: int | None = None
    ) -> tuple[Task, ...]:
        """Those that began in it, in the first span also those before any text; `until` as above.

        They are in the order in which they began, so that nobody has to look at all of them.
        """
        end = until if self.end is None else self.end
        begin = 0 if first else bisect_right(tasks, self.start, key=_at)
        return tasks[begin : None if end is None else bisect_right(tasks, end, key=_at)]

    def position(self, task: Task) -> int:
        """Where in `text()` the task began."""
        return max(0, task.at - self.start) + len(self.opening)

    def shortened(self, length: int) -> Span:
        """What of it lies in the first `length` characters; a cut beyond them needs no markers."""
        if self.start > length:
            return replace(self, start=length, end=self.end and length, opening="", closing="")
        if self.end is None or self.end <= length:
            return self
        return replace(self, end=length, closing="")

    def divided(self, cut: Cut, thoughts: int) -> tuple[Span, Span]:
        """What it keeps at this cut, with as many thoughts as have come, and what goes on."""
        at = self.start + cut.end
        until = thoughts if self.thought_to is None else self.thought_to
        kept = replace(self, end=at, closing=cut.closing, thought_to=until)
        return kept, replace(self, start=at, opening=cut.opening, thought_from=until)
