"""Where an answer too large for one event is cut, and how it goes on in the next; where something
may stand between two blocks.

Pure: what fits is for the caller to measure. The pieces, without what is closed and opened again
between them, add up to the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from .blocks import Block
from .parser import Parser
from .plain import boundary_before
from .reopen import seam

# No event holds more characters than this (Matrix: 65,536 bytes), so that larger texts need no
# measuring.
LARGEST = 65_536
_FEWEST = 0.5  # of what would fit: a better place to cut is not worth more than the rest of it
_EXACT = 0.03  # how near to the largest that fits the search comes
_SPACE = re.compile(r"\s(?=\S)")
_LINE = 99  # the worst of levels: within a block


@dataclass(frozen=True, slots=True)
class Cut:
    """A message shows `text[:end] + closing`; the next one starts as `opening + text[end:]`."""

    end: int
    closing: str
    opening: str


def cut(text: str, fits: Callable[[str], bool], *, opening: str = "") -> Cut | None:
    """Where the text of a message is to be cut so that it fits; None when all of it does.

    Args:
        text: What is left of the answer.
        fits: Whether a message with this text is small enough. Asked some ten times, never for
            more than `LARGEST` characters.
        opening: What stands before the text in its message: the `opening` of the last cut.

    A place between blocks is best, then between lines, words, characters. Characters, their
    parts and entities stay whole. Should not even one character fit, the piece has one.
    """
    if len(opening) + len(text) <= LARGEST and fits(opening + text):
        return None
    room = _room(text, fits, opening)
    while True:
        found = _cut_within(text, room, opening)
        if room <= 1 or fits(opening + text[: found.end] + found.closing):
            return found
        room = min(int(room * 0.9), found.end)


def _room(text: str, fits: Callable[[str], bool], opening: str) -> int:
    """About how many characters of the text fit, never more."""
    low, high = 0, min(len(text), max(LARGEST - len(opening), 1))
    while high - low > max(1, low * _EXACT):
        middle = (low + high) // 2
        if fits(opening + text[:middle]):
            low = middle
        else:
            high = middle
    return max(low, 1)


def _cut_within(text: str, room: int, opening: str) -> Cut:
    """The best place within the first `room` characters."""
    whole = opening + text
    first, last = len(opening), len(opening) + room
    at = _between_blocks(whole, first, last)
    if at is None:
        at = _within_line(whole, first, last)
    joint = seam(whole, at, longest=room // 4)
    return Cut(at - first, joint.closing, joint.opening)


def _between_blocks(whole: str, first: int, last: int) -> int | None:
    """The beginning of a line at which the outermost block begins; of two, the later."""
    least = first + (last - first) * _FEWEST
    parser = Parser()
    best: tuple[int, int] | None = None
    start = 0
    level = after = _LINE
    while start <= last:
        end = whole.find("\n", start)
        end = len(whole) if end < 0 else end
        before = [(block, len(block.children)) for block in parser.open]
        parser.feed(whole[start : min(end, last)], start)
        level = _level(parser, before)
        if after == -1:  # what follows a heading stays with it
            level = _LINE
        if start >= least and start > first and whole[start:end].strip():
            best = max(best or (-_LINE - 1, 0), (-level, start))
        if level != _LINE or whole[start:end].strip():
            after = -1 if _ends_with_heading(parser) else level
        start = end + 1
    return best[1] if best else None


class BlockEnds:
    """Where something else may stand in a text that grows: between its blocks.

    Those are the outermost ones, and the items of outermost lists. Each line is read once, so one
    of these belongs to one text.
    """

    def __init__(self) -> None:
        self._text = self._asked = ""
        self._begin()

    def _begin(self) -> None:
        self._parser = Parser()
        self._ends = [0]
        self._read = 0

    def after(self, text: str, at: int) -> int:
        """The first end of a block at or behind `at`, which is the beginning of a line.

        While that block is open, it is the end of the text; a smaller one stays as the text grows.
        """
        if text is not self._asked and not self._text.startswith(text):
            self._take(text)
        self._asked = text
        found = bisect_left(self._ends, at)
        return min(self._ends[found], len(text)) if found < len(self._ends) else len(text)

    def _take(self, text: str) -> None:
        if not text.startswith(self._text):
            self._begin()
        self._text = text
        while (end := text.find("\n", self._read)) >= 0:
            self._feed(text[self._read : end], self._read)
            self._read = end + 1

    def _feed(self, line: str, start: int) -> None:
        parser = self._parser
        tip, before = parser.tip, [(block, len(block.children)) for block in parser.open[:2]]
        parser.feed(line.rstrip("\r"), start)
        level = _level(parser, before)
        # What stands behind the end of another block in its line is none of its own here.
        shared = (tip.kind == "maths" and not tip.open) or line.lstrip().startswith("</")
        if not shared and (level == 0 or (level == 1 and before[1][0].kind == "list")):
            self._ends.append(start)
        if len(parser.open) == 1:
            self._ends.append(start + len(line) + 1)


def _level(parser: Parser, before: list[tuple[Block, int]]) -> int:
    """How far out the block stands that the last line has begun; `_LINE` if it began none."""
    if parser.tip.kind == "table" and len(parser.tip.children) == 1:
        return _LINE  # the line under a table's header
    for depth, (block, children) in enumerate(before):
        if depth < len(parser.open) and parser.open[depth] is not block:
            break
        if len(block.children) > children:
            return depth
    return _LINE


def _ends_with_heading(parser: Parser) -> bool:
    children = parser.tip.children
    return bool(children) and children[-1].kind == "heading"


def _within_line(whole: str, first: int, last: int) -> int:
    """Behind a word, or at least not within a character."""
    spaces = [m.end() for m in _SPACE.finditer(whole, max(first, last - 2000), last)]
    least = first + (last - first) * _FEWEST
    if spaces and spaces[-1] >= least:
        return spaces[-1]
    return boundary_before(whole, last, first + 1)
