"""Which message shows which part of an answer: as much as an event holds, then the next one goes
on.

Knows texts and sizes. It sends nothing (`live.py`), and where a text may be cut is
`markdown/split.py`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from ...document import Document, Task
from ...markdown import split
from ...markdown.html import to_html
from . import events
from .events import Manner, Rendered
from .span import Span
from .style import Signature, Style
from .thinking import Thinking
from .view import Piece, View

_RESERVE = 2_000  # bytes kept for the footer, a note and what machines read
_THOUGHTS = 8_000  # characters of reasoning in one message


class Layout:
    """The spans of one answer, a message each. The last one grows, those before it are full.

    Args:
        on_divided: Called with the number of a span (they count from 0) that is full now; the
            next number is new, and what was behind it has moved on by one.
    """

    def __init__(
        self,
        document: Document,
        style: Style,
        thinking: Thinking,
        on_divided: Callable[[int], None],
        *,
        encrypted: bool,
    ) -> None:
        self._document = document
        self._style = style
        self._thinking = thinking
        self._on_divided = on_divided
        self._encrypted = encrypted
        self._signature: Signature | None = None
        self._limit = events.limit(encrypted=encrypted) - _RESERVE
        self._step = 1_000 if encrypted else 4_000
        self._measured, self._size = 0, 0
        self._spans: list[Span] = []
        self._views: list[View] = []
        self._insert(0, Span())

    @property
    def behind(self) -> bool:
        """Enough has come that `catch_up` should look at it."""
        return self._document.length - self._measured >= self._step

    def is_full(self, number: int) -> bool:
        """Whether this message is to be finished: nothing more will come to it."""
        return self._spans[number].end is not None

    def signature(self, number: int) -> Signature | None:
        """The answer's, in the message that it ends with."""
        return self._signature if number == len(self._spans) - 1 else None

    def tasks(self, number: int) -> tuple[Task, ...]:
        """The tasks that stand in this message."""
        tasks, first = self._document.tasks, number == 0
        if self._style.group_tasks == "plan":
            return tasks if first else ()
        return self._spans[number].tasks(tasks, first=first)

    async def catch_up(self, *, wholly: bool = False) -> None:
        """Give the text that has come to spans, a little at a time: others wait meanwhile."""
        while self.behind or (wholly and self._measured < self._document.length):
            number, good = len(self._spans) - 1, self._measured
            self._measured = min(good + self._step, self._document.length)
            size = self._final_size(number, self._measured)
            if size > self._limit:
                self._cut(number, self._fitting(number, good, size) - self._spans[number].start)
                size = 0
            self._size = size
            await asyncio.sleep(0)

    def rewind(self) -> None:
        """The text has become shorter. What full messages have shown of it already stays there."""
        length = self._document.length
        self._spans = [span.shortened(length) for span in self._spans]
        self._measured, self._size = min(self._measured, length), 0

    def end(self, signature: Signature) -> None:
        """Nothing more comes: the span that grows is the last."""
        self._spans[-1] = replace(self._spans[-1], end=self._document.length)
        self._signature = signature

    def roll_thoughts(self) -> None:
        """Long reasoning that is shown gets messages of its own, before the text begins."""
        span, thought = self._spans[-1], len(self._document.reasoning)
        if not self._document.length and thought - span.thought_from > _THOUGHTS:
            number = len(self._spans) - 1
            self._spans[number] = replace(span, end=0, thought_to=thought)
            self._insert(number + 1, Span(thought_from=thought))
            self._on_divided(number)

    def paint(self, number: int, *, final: bool) -> Rendered:
        """What a message shows now, never more than an event may hold."""
        rendered = self._paint(number, final=final)
        if not final and self._bytes(rendered) > self._limit + _RESERVE:
            return self._paint(number, final=False, until=self._measured)
        return rendered

    def shrink(self, number: int) -> bool:
        """The server takes less than its limit promised: keep two thirds, the next has the rest.

        False where nothing is left to take away.
        """
        span = self._spans[number]
        until = self._document.length if span.end is None else span.end
        room = len(span.opening) + (until - span.start) * 2 // 3
        if not self._divide(number, until, lambda piece: len(piece) <= room):
            return False
        self._limit = min(self._limit, self._final_size(number, span.start + room))
        self._measured = min(self._measured, self._spans[-1].start)
        self._on_divided(number)
        return True

    def _fitting(self, number: int, good: int, size: int) -> int:
        """Up to where the text fits: a guess between `good`, which does, and what is too much."""
        share = (self._limit - self._size) / (size - self._size)
        guess = good + int((self._measured - good) * share * 0.97)
        return guess if self._final_size(number, guess) <= self._limit else good

    def _cut(self, number: int, good: int) -> None:
        """End a full span; `good` characters of its text were seen to fit."""
        room = good + len(self._spans[number].opening)
        fits: Callable[[str], bool] = (lambda piece: len(piece) <= room) if good else self._fits
        if self._divide(number, self._measured, fits):
            self._measured = self._spans[-1].start
            self._on_divided(number)

    def _divide(self, number: int, until: int, fits: Callable[[str], bool]) -> bool:
        """Let a span keep what fits of its text up to `until`; a new one after it goes on."""
        span = self._spans[number]
        text = self._document.text[span.start : until]
        cut = split.cut(text, fits, opening=span.opening)
        if cut is None:
            return False
        self._spans[number], following = span.divided(cut, len(self._document.reasoning))
        self._insert(number + 1, following)
        return True

    def _insert(self, number: int, span: Span) -> None:
        self._spans.insert(number, span)
        self._views.insert(number, View(self._style.group_tasks, self._style.tables))

    def _paint(self, number: int, *, final: bool, until: int | None = None) -> Rendered:
        piece = self._piece(number, until, final=final)
        return self._views[number].paint(piece, final=final)

    def _final_size(self, number: int, until: int) -> int:
        """Bytes of the final edit, if the text ended at `until`."""
        piece = self._piece(number, until, final=False)
        return self._bytes(self._views[number].paint(piece, final=True))

    def _piece(self, number: int, until: int | None, *, final: bool) -> Piece:
        span, document, tasks = self._spans[number], self._document, self.tasks(number)
        signature = self.signature(number) if final else None
        reasoning = ""
        if self._style.reasoning == "collapsed":
            reasoning = document.reasoning[span.thought_from : span.thought_to]
        # Thoughts need a line above them; without words, plan or tasks it stands alone.
        alone = number == 0 and not (document.length or document.plan or tasks)
        return Piece(
            text=span.text(document.text, until),
            plan=document.plan if number == 0 else "",
            tasks=tuple((span.position(task), task) for task in tasks),
            reasoning=reasoning,
            thinking=self._thinking.line(final=final) if reasoning or alone else "",
            note=signature.ending.note if signature else "",
            footer=signature.footer() if signature else "",
        )

    def _fits(self, text: str) -> bool:
        return self._bytes(Rendered(text, to_html(text))) <= self._limit

    def _bytes(self, rendered: Rendered) -> int:
        content = events.edit("$" * 44, rendered, Manner(live=True))
        return events.size(content, encrypted=self._encrypted)
