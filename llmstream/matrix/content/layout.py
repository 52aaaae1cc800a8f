"""Which message shows which part of an answer: as much as an event holds, then comes the next.

Knows texts and sizes. It sends nothing (`live.py`), and where a text may be cut is
`markdown/split.py`'s.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from ...document import Document, Task
from ...markdown import split
from ...markdown.html import to_html
from . import events, lines
from .events import Manner, Rendered
from .span import Span
from .style import Signature, Style
from .thinking import Thinking
from .view import LISTS, Piece, View

# Kept for the footer, a note and what machines read.
_RESERVE, _RESERVE_CHARACTERS = 2_000, 700
# Characters, and tasks, that are measured at once: some milliseconds, whatever they are.
_STEP, _TASKS = 1_000, 20
_THOUGHTS = 6_000  # characters of reasoning in one message
# A thread of our own: the loop's may be waiting for somebody's name server.
_beside = ThreadPoolExecutor(1, "llmstream-cut")


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
        self._limit = self._most = events.limit(encrypted=encrypted) - _RESERVE
        self._characters = style.longest_text - min(_RESERVE_CHARACTERS, style.longest_text // 3)
        self._measured, self._size, self._roomy_until = 0, 0, 0
        self._spans: list[Span] = []
        self._views: list[View | None] = []
        self._insert(0, Span())

    @property
    def behind(self) -> bool:
        """Enough has come that `catch_up` should look at it."""
        return self._document.length - max(self._measured, self._roomy_until) >= _STEP

    def is_full(self, number: int) -> bool:
        """Whether this message is to be finished: nothing more will come to it."""
        return self._spans[number].end is not None

    def signature(self, number: int) -> Signature | None:
        """The answer's, in the message that it ends with."""
        return self._signature if number == len(self._spans) - 1 else None

    def tasks(self, number: int, until: int | None = None) -> tuple[Task, ...]:
        """The tasks that stand in this message; up to `until` where it still grows."""
        tasks, first = self._document.tasks, number == 0
        if self._style.group_tasks == "plan":
            return tasks if first else ()
        return self._spans[number].tasks(tasks, first=first, until=until)

    async def prepare(self, number: int) -> None:
        """Read a full message once more beside the loop, so that painting its final costs little:
        its text does not go on as it was read while it grew.
        """
        span, view = self._spans[number], self._new_view()
        paint = partial(view.paint, self._piece(number, None, final=True), final=True)
        await asyncio.get_running_loop().run_in_executor(_beside, paint)
        if self._spans[number] is span:
            self._views[number] = view

    def put_away(self, number: int) -> None:
        """A message is finished: keep its span alone. It may be painted again all the same."""
        self._views[number] = None

    async def catch_up(self, *, wholly: bool = False) -> None:
        """Give the text that has come to spans, a little at a time: others wait meanwhile."""
        while self.behind or (wholly and self._measured < self._document.length):
            number, until = len(self._spans) - 1, self._next_step()
            size = self._final_size(number, until)
            if size > self._limit:
                await self._cut(number, until, size)
            else:
                self._measured, self._size = until, size
            await asyncio.sleep(0)

    async def make_room(self) -> None:
        """Something must be seen now that a full message would leave out: let it have another."""
        await self.catch_up(wholly=True)
        while self._final_size(len(self._spans) - 1, self._measured) > self._limit:
            if not self._part(len(self._spans) - 1):
                break

    def rewind(self) -> None:
        """The text has become shorter. What full messages have shown of it already stays there."""
        length = self._document.length
        self._spans = [span.shortened(length) for span in self._spans]
        self._measured, self._size = min(self._measured, length), 0
        self._roomy_until = min(self._roomy_until, length)

    def _next_step(self) -> int:
        """Up to where the text is measured next: what an edit has read already, or some text; and
        no more than some tasks in it.
        """
        until, tasks = max(self._measured + _STEP, self._roomy_until), self._document.tasks
        after = bisect_right(tasks, self._measured, key=lambda task: task.at) + _TASKS
        if after < len(tasks):
            until = min(until, max(tasks[after].at, self._measured + 1))
        return min(until, self._document.length)

    def end(self, signature: Signature) -> None:
        """Nothing more comes: the span that grows is the last."""
        self._spans[-1] = replace(self._spans[-1], end=self._document.length)
        self._signature = signature

    def roll_thoughts(self) -> None:
        """Long reasoning that is shown gets messages of its own; for before the text begins, or
        is divided.
        """
        thoughts = self._document.reasoning
        while len(thoughts) - self._spans[-1].thought_from > _THOUGHTS:
            number, span = len(self._spans) - 1, self._spans[-1]
            at = len(thoughts)
            if at - span.thought_from > _THOUGHTS * 1.2:  # came at once
                most = span.thought_from + _THOUGHTS
                at = max(thoughts.rfind(white, 0, most) for white in " \n") + 1
                at = at if at > most - 200 else most
            self._spans[number] = replace(span, end=0, thought_to=at)
            self._insert(number + 1, Span(thought_from=at))
            self._on_divided(number)

    def paint(self, number: int, *, final: bool) -> Rendered:
        """What a message shows now, never more than an event may hold."""
        rendered = self._paint(number, final=final)
        size = 0 if final else self._bytes(rendered)
        if size > self._limit + _RESERVE:
            return self._paint(number, final=False, until=self._measured)
        if 0 < size < self._limit / 2 and number == len(self._spans) - 1:
            self._roomy_until = self._document.length
        return rendered

    def shrink(self, number: int) -> bool:
        """The server takes less than its limit promised: keep two thirds, the next has the rest.

        False where nothing is left to take away.
        """
        span = self._spans[number]
        until = self._document.length if span.end is None else span.end
        if not self._part(number):
            return False
        self._limit = min(self._limit, self._final_size(number, until))
        self._measured = min(self._measured, self._spans[-1].start)
        return True

    def has_text(self, number: int) -> bool:
        """Whether any of the answer's text has come for this message."""
        return bool(self._document.text[self._spans[number].start :].strip())

    def close(self, number: int) -> bool:
        """Nothing more may come to this message: let another go on, with a block that is not yet
        complete. False where there is no text yet that it could keep.
        """
        if not self.has_text(number):
            return False
        parted = self._part(number, 1.0)
        self._measured, self._size = self._spans[-1].start, 0
        return parted

    def _part(self, number: int, share: float = 2 / 3) -> bool:
        """Let a span keep so much of its text. False where there is too little of it."""
        span = self._spans[number]
        until = self._document.length if span.end is None else span.end
        room = len(span.opening) + min(int((until - span.start) * share), until - span.start - 1)
        text = self._document.text[span.start : until]
        cut = split.cut(text, lambda piece: len(piece) <= room, opening=span.opening)
        if cut is None:
            return False
        self._divide(number, cut)
        return True

    async def _cut(self, number: int, until: int, size: int) -> None:
        """End a full span, whose text up to `until` has too large a size.

        Where to end it takes reading all of it, which is done beside the loop.
        """
        span, piece = self._spans[number], self._piece(number, until, final=False)
        share = (self._limit - self._size) / max(1, size - self._size)
        good = self._measured - span.start
        guess = good + int((until - span.start - good) * max(0.0, share) * 0.97)
        find = partial(self._find_cut, piece, span.opening, good, guess)
        cut = await asyncio.get_running_loop().run_in_executor(_beside, find)
        if self._spans[number] is not span:
            return
        self._measured, self._size = until, 0
        if cut:
            self._divide(number, cut)
            self._measured = self._spans[-1].start

    def _find_cut(self, piece: Piece, opening: str, good: int, guess: int) -> split.Cut | None:
        """Where to cut a text of which `good` characters fit, and more than `guess` do not."""
        view, before = self._new_view(), len(opening)
        while guess > good and self._size_of(piece.up_to(before + guess), view) > self._limit:
            guess = (good + guess) // 2
        room = before + guess
        fits: Callable[[str], bool] = (lambda text: len(text) <= room) if guess else self._fits
        return split.cut(piece.text[before:], fits, opening=opening)

    def _divide(self, number: int, cut: split.Cut) -> None:
        """Let a span keep its text up to there; a new one after it goes on."""
        thoughts = len(self._document.reasoning)
        self._spans[number], following = self._spans[number].divided(cut, thoughts)
        self._insert(number + 1, following)
        self._on_divided(number)

    def _insert(self, number: int, span: Span) -> None:
        self._spans.insert(number, span)
        self._views.insert(number, None)

    def _view(self, number: int) -> View:
        view = self._views[number] = self._views[number] or self._new_view()
        return view

    def _new_view(self) -> View:
        style = self._style
        lists = min(LISTS, style.longest_text or LISTS)
        return View(style.group_tasks, style.tables, lists, style.bounds)

    def _paint(self, number: int, *, final: bool, until: int | None = None) -> Rendered:
        piece = self._piece(number, until, final=final)
        return self._view(number).paint(piece, final=final)

    def _final_size(self, number: int, until: int) -> int:
        """Bytes of the final edit, if the text ended at `until`."""
        return self._size_of(self._piece(number, until, final=False), self._view(number))

    def _size_of(self, piece: Piece, view: View) -> int:
        return self._bytes(view.paint(piece, final=True))

    def _piece(self, number: int, until: int | None, *, final: bool) -> Piece:
        span, document, tasks = self._spans[number], self._document, self.tasks(number, until)
        signature = self.signature(number) if final else None
        collapsed = self._style.reasoning == "collapsed"
        reasoning = document.reasoning[span.thought_from : span.thought_to] if collapsed else ""
        # Thoughts need a line above them; without words, plan or tasks it stands alone.
        alone = number == 0 and not (document.length or document.plan or tasks)
        return Piece(
            text=span.text(document.text, until),
            own=span.own,
            plan=document.plan if number == 0 else "",
            tasks=tuple((span.position(task), task) for task in tasks),
            reasoning=reasoning,
            thinking=self._thinking.line(final=final) if reasoning or alone else "",
            note=signature.ending.note if signature else "",
            footer=signature.footer() if signature else "",
        )

    def _fits(self, text: str) -> bool:
        html, plain = lines.within(to_html(text, self._style.tables), self._style.bounds)
        return self._bytes(Rendered(text, html, plain)) <= self._limit

    def _bytes(self, rendered: Rendered) -> int:
        content = events.edit("$" * 44, rendered, Manner(live=True, begun=True))
        size = events.size(content, encrypted=self._encrypted)
        if self._characters:
            # So many bytes as the text has of the characters that it may have.
            size = max(size, _characters(rendered) * self._most // self._characters)
        return size


def _characters(rendered: Rendered) -> int:
    """As platforms count them, in units of UTF-16: of the body, or of what a bridge makes of the
    HTML.
    """
    shown = rendered.sent
    longer = max((shown.body, lines.words(shown.html)), key=len)
    return len(longer.encode("utf-16-le", "surrogatepass")) // 2
