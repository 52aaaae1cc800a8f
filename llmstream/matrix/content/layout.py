"""Which message shows which part of an answer: as much as an event holds, then the next one goes
on.

Knows texts and sizes. It sends nothing (`live.py`), and where a text may be cut is
`markdown/split.py`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ...markdown import split
from ...markdown.html import to_html
from . import events
from .events import Content, Manner, Rendered
from .span import Answer, Message

_RESERVE = 2_000  # bytes kept for the footer, a note and what machines read
_THOUGHTS = 8_000  # characters of reasoning in one message


class Layout:
    """The messages of one answer. The last one grows, those before it are full.

    Args:
        on_full: Called when a message has become full and another has begun.
    """

    def __init__(self, answer: Answer, on_full: Callable[[], None]) -> None:
        self._answer = answer
        self._document = answer.document
        self._on_full = on_full
        self._limit = events.limit(encrypted=answer.encrypted) - _RESERVE
        self._step = 1_000 if answer.encrypted else 4_000
        self._measured, self._size = 0, 0
        self.messages = [Message(answer)]

    @property
    def growing(self) -> Message:
        """The message that what comes next belongs to."""
        return self.messages[-1]

    @property
    def behind(self) -> bool:
        """Enough has come that `catch_up` should look at it."""
        return self._document.length - self._measured >= self._step

    async def catch_up(self, *, wholly: bool = False) -> None:
        """Give the text that has come to messages, a little at a time: others wait meanwhile."""
        while self.behind or (wholly and self._measured < self._document.length):
            message, good = self.growing, self._measured
            self._measured = min(good + self._step, self._document.length)
            size = message.size(self._measured)
            if size > self._limit:
                self._cut(message, self._fitting(message, good, size) - message.start)
                size = 0
            self._size = size
            await asyncio.sleep(0)

    def end(self) -> None:
        """Nothing more comes: the message that grows is the last."""
        self.growing.end, self.growing.last = self._document.length, True

    def roll_thoughts(self) -> None:
        """Long reasoning that is shown gets messages of its own, before the text begins."""
        message, thought = self.growing, len(self._document.reasoning)
        if not self._document.length and thought - message.thought_from > _THOUGHTS:
            message.end, message.thought_to = 0, thought
            self._insert_after(message, Message(self._answer, thought_from=thought))
            self._on_full()

    def paint(self, message: Message, final: bool) -> Content | None:
        """What `message` has to send now, never more than an event may hold."""
        content = message.paint(final)
        if content and not final and self._bytes(content) > self._limit + _RESERVE:
            return message.paint(final, until=self._measured)
        return content

    def shrink(self, message: Message) -> bool:
        """The server takes less than its limit promised: keep two thirds, the next has the rest.

        False where nothing is left to take away.
        """
        until = self._document.length if message.end is None else message.end
        room = len(message.opening) + (until - message.start) * 2 // 3
        if not self._divide(message, until, lambda piece: len(piece) <= room):
            return False
        self._limit = min(self._limit, message.size(message.start + room))
        self._measured = min(self._measured, self.growing.start)
        self._on_full()
        return True

    def _fitting(self, message: Message, good: int, size: int) -> int:
        """Up to where the text fits: a guess between `good`, which does, and what is too much."""
        share = (self._limit - self._size) / (size - self._size)
        guess = good + int((self._measured - good) * share * 0.97)
        return guess if message.size(guess) <= self._limit else good

    def _cut(self, message: Message, good: int) -> None:
        """End a full message; `good` characters of its text were seen to fit."""
        room = good + len(message.opening)
        fits: Callable[[str], bool] = (lambda piece: len(piece) <= room) if good else self._fits
        if self._divide(message, self._measured, fits):
            self._measured = self.growing.start
            self._on_full()

    def _divide(self, message: Message, until: int, fits: Callable[[str], bool]) -> bool:
        """Let `message` keep what fits of its text up to `until`; a new one after it goes on."""
        text = self._document.text[message.start : until]
        cut = split.cut(text, fits, opening=message.opening)
        if cut is None:
            return False
        following = Message(
            self._answer,
            start=message.start + cut.end,
            opening=cut.opening,
            thought_from=len(self._document.reasoning),
        )
        following.end, following.closing = message.end, message.closing
        following.last, message.last = message.last, False
        message.end, message.closing = following.start, cut.closing
        message.thought_to = following.thought_from
        self._insert_after(message, following)
        return True

    def _insert_after(self, message: Message, following: Message) -> None:
        self.messages.insert(message.number + 1, following)
        for number, each in enumerate(self.messages):
            each.number = number

    def _fits(self, text: str) -> bool:
        content = events.edit("$" * 44, Rendered(text, to_html(text)), Manner())
        return self._bytes(content) <= self._limit

    def _bytes(self, content: Content) -> int:
        return events.size(content, encrypted=self._answer.encrypted)
