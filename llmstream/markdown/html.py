"""Markdown to Matrix HTML: of a finished text, or of one that grows, where only what is new costs.

Nothing but the tags, attributes and schemes of Matrix's subset comes out, whatever goes in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .heal import mend
from .parser import Parser
from .plain import clean
from .render import Renderer, Tables
from .segments import LONGEST, Segments
from .tree import Mark


def to_html(text: str, tables: Tables = "html") -> str:
    """The HTML of a finished text."""
    return StreamRenderer(tables).paint(text, final=True)


class StreamRenderer:
    """The HTML of a text that grows, painted many times.

    What a paint gives depends on its text alone, whatever was painted before: it equals
    `to_html(heal(text))`, and `to_html(text)` with `final`. It costs what is new since the last
    paint, not the whole: some milliseconds for 5,000 characters, so bring long texts bit by bit.
    """

    def __init__(self, tables: Tables = "html") -> None:
        self._tables: Tables = tables
        self._raw = self._clean = ""
        self._begin()

    def _begin(self) -> None:
        self._parser = Parser()
        self._segments = Segments()
        self._renderer = Renderer(self._tables, self._segments)
        self._text = ""
        self._places = [_Place(self._parser.mark(), 0)]

    def paint(self, text: str, final: bool = False) -> str:
        """The HTML of the whole text so far; `final`, of exactly this text, otherwise healed."""
        text = self._cleaned(text)
        self._read(text)
        parser, at = self._parser, len(text)
        if not final:
            at, tail = mend(parser, text, text.rfind("\n") + 1, self._segments)
            text = text[:at] + tail
        if self._places[0].start > at:
            self._begin()  # healing went behind what was settled: read it again
            parser = self._parser
        while self._places[-1].start > at:
            del self._places[-1]
        place = self._places[-1]
        parser.back_to(place.mark)
        parser.read(text[place.start :], place.start)
        parser.finish()
        html = self._renderer.document(parser, final)
        parser.back_to(place.mark)
        return html

    def _cleaned(self, text: str) -> str:
        if not text.startswith(self._raw):
            self._raw = self._clean = ""
        last = len(text) - 1 if _JOINS.match(text[-1:]) else len(text)
        self._clean += clean(text[len(self._raw) : last])
        self._raw = text[:last]
        return self._clean + clean(text[last:])

    def _read(self, text: str) -> None:
        """Take in the complete lines, and keep the place from which the text may still be read
        otherwise.
        """
        if not text.startswith(self._text):
            self._begin()
        parser, place = self._parser, self._places[-1]
        start, size = place.start, place.size
        while (end := text.find("\n", start)) >= 0:
            tip, mark = parser.tip, parser.mark()
            parser.feed(text[start:end], start)
            if (
                tip.kind not in _TENTATIVE
                or tip is not parser.tip
                or len(tip.lines) == tip.defining + 1
            ):
                self._places, size = [_Place(mark, start)], 0
            elif size - self._places[-1].size > _STRIDE:
                self._places.append(_Place(mark, start, size))
                while size - self._places[1].size > LONGEST:
                    del self._places[0]
            if parser.tip.lines:
                size += len(parser.tip.lines[-1]) + 1
            start = end + 1
        if parser.tip.kind not in _TENTATIVE:
            self._places = [_Place(parser.mark(), start)]
        self._text = text


@dataclass(frozen=True, slots=True)
class _Place:
    """The beginning of a line, to which the parser can go back. `size` characters of an open
    paragraph stand before it.
    """

    mark: Mark
    start: int
    size: int = 0


# What makes one character, or one line end, with what comes after it.
_JOINS = re.compile("[\r\ud800-\udbff]")
# What healing may take lines away from.
_TENTATIVE = frozenset({"paragraph", "maths", "summary"})
_STRIDE = 200  # characters of a long paragraph between two places
