"""Reasoning that a model writes into its text, told apart as it streams.

A pure decoder: `feed()` pieces, cut anywhere, then `flush()`. Nothing is lost but the marks, and
only the few characters that may still become one are held back. The spellings are in
thought_marks.py.

A mark opens a section where it starts a line at the answer's beginning or after a blank line,
outside fenced code, so that an answer *about* such marks stays as it is. Some models leave out the
opening one, as their prompt ends with it: then all before the closing one was reasoning
(`WasReasoning`), unless the text has mentioned such marks.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeAlias

from ..chunks import Chunk, Reasoning, Text, WasReasoning
from .block_starts import BlockStarts
from .citation_marks import CitationMarks
from .thought_marks import (
    ALONE,
    ANSWERS,
    BEGINNINGS,
    CHANNEL_ENDS,
    CLOSING,
    HEADER_ENDS,
    HEADERS,
    OPENINGS,
    any_of,
)

_LONGEST_HEADER = 200
_FIRST = re.escape("".join({mark[0] for mark in (*OPENINGS, *CLOSING.values())}))
_PARTS = re.compile(rf"((?:[^\n{_FIRST}`~]*\n)+)|[^\n]*\n|[^\n]+")  # lines without marks; one line
_MARK_BEGINS = re.compile(f"[{_FIRST}]")
_OPEN = re.compile(f" {{0,3}}({any_of(OPENINGS).pattern})", re.IGNORECASE)
_CLOSES_ALONE = any_of(ALONE)
_MENTIONED = any_of((*CLOSING, *ALONE))

Piece: TypeAlias = Text | Reasoning | WasReasoning


async def told_apart(
    chunks: AsyncGenerator[Chunk, None], decoder: ThinkDecoder | None = None
) -> AsyncGenerator[Chunk, None]:
    """The same chunks, with the reasoning inside their texts as `Reasoning`, and without marks."""
    decoder, marks = decoder or ThinkDecoder(), CitationMarks()
    async with aclosing(chunks):
        async for chunk in chunks:
            if isinstance(chunk, Text):
                found = decoder.feed(marks.feed(chunk.text))
            else:
                found = [*decoder.feed(marks.flush()), *decoder.flush()]
            for piece in found:
                yield piece
            if not isinstance(chunk, Text):
                yield chunk
    for piece in (*decoder.feed(marks.flush()), *decoder.flush()):
        yield piece


@dataclass(frozen=True, slots=True)
class _Section:
    """A part of the text between two marks.

    Args:
        thought: Whether it is reasoning.
        ends: What closes it.
        given_back: What is put before it where it never ends and so was text; it is held back
            until then. None where it is known to be what it is.
    """

    thought: bool
    ends: re.Pattern[str]
    marks: tuple[str, ...]
    given_back: str | None = None


def _section(thought: bool, *ends: str, given_back: str | None = None) -> _Section:
    return _Section(thought, any_of(ends), ends, given_back)


class ThinkDecoder:
    """Turns pieces of a model's text into `Text` and `Reasoning`, in order.

    Args:
        begins_inside: The closing mark of a model that is known to leave out the opening one.

    Attributes:
        closed_alone: The mark that closed reasoning which no mark had opened; '' where none did.
    """

    def __init__(self, begins_inside: str = "") -> None:
        self.closed_alone = ""
        self._held = ""
        self._header = False
        self._section: _Section | None = None
        self._inside: list[str] = []  # what came in a section that may have to be given back
        self._said: list[str] = []  # the text outside sections
        self._line = BlockStarts()
        self._looks_for_ends = True
        self._trims = False
        if begins_inside:
            self._section = _section(True, begins_inside, given_back="")

    def feed(self, text: str) -> list[Piece]:
        """What is certain after this piece."""
        found: list[Piece] = []
        for part in _PARTS.finditer(text):
            if part[1] and not (self._held or self._header or self._trims):
                found += self._plain(part[0])
                continue
            for line in _lines(part[0]):
                self._held += line
                found += self._decoded(last=False)
        return found

    def flush(self) -> list[Piece]:
        """What was held back, when nothing more comes for now."""
        found = list(self._decoded(last=True))
        section = self._section
        if section and section.given_back is not None:
            self._section, inside = None, "".join((section.given_back, *self._inside))
            self._inside.clear()
            self._pass_over(inside)
            return [*found, Text(inside)] if inside else found
        return found

    def _plain(self, lines: str) -> Iterator[Piece]:
        """Many lines without any mark, at once."""
        if self._section and self._section.given_back is not None:
            self._inside.append(lines)
        elif self._section:
            yield from self._piece(self._section, lines)
        else:
            self._said.append(lines)
            self._line.pass_plain(lines)
            yield Text(lines)

    def _decoded(self, *, last: bool) -> Iterator[Piece]:
        while self._held:
            before = self._held
            if self._header:
                yield from self._in_header(last)
            elif self._section:
                yield from self._in_section(self._section, last)
            else:
                yield from self._in_text(last)
            if self._held == before:
                return

    def _in_header(self, last: bool) -> Iterator[Piece]:
        """The channel's name decides what the section is."""
        end = HEADER_ENDS.search(self._held)
        if not end and len(self._held) < _LONGEST_HEADER and not last:
            return
        name = self._held[: end.start()] if end else self._held
        self._held, self._header = self._held[end.end() if end else len(name) :], False
        self._section = _section(not name.strip().lower().startswith("final"), *CHANNEL_ENDS)
        yield from ()

    def _in_section(self, section: _Section, last: bool) -> Iterator[Piece]:
        end = section.ends.search(self._held)
        if end:
            said, mark = self._held[: end.start()], end[0].lower()
            self._held = self._held[end.start() if mark in BEGINNINGS else end.end() :]
            said = "".join((*self._inside, said))
            self._section, self._line, self._inside = None, BlockStarts(), []
            if section.given_back == "":
                self.closed_alone, self._trims = mark, True
            yield from self._piece(section, said)
            return
        kept = 0 if last else _possible_start(self._held, section.marks)
        said = self._held[: len(self._held) - kept]
        self._held = self._held[len(said) :]
        if section.given_back is None:
            yield from self._piece(section, said)
        else:
            self._inside.append(said)

    def _piece(self, section: _Section, said: str) -> Iterator[Piece]:
        if said:
            yield Reasoning(said) if section.thought else Text(said)

    def _in_text(self, last: bool) -> Iterator[Piece]:
        """One line, or as much of it as there is."""
        if self._trims:
            self._held = self._held.lstrip()
            self._trims = not self._held
            if not self._held:
                return
        if self._line.at_boundary:
            if opened := _OPEN.match(self._held):
                self._open(opened)
                return
            if not last and _may_open(self._held):
                return
        at = self._held.find("\n") + 1 or len(self._held)
        line = self._held[:at]
        if self._looks_for_ends and not self._line.fenced and _MARK_BEGINS.search(line):
            if alone := _CLOSES_ALONE.search(line):
                yield from self._closing_alone(alone, last)
                return
            if not last and not line.endswith("\n"):
                line = line[: len(line) - _possible_start(line, ALONE)]
        yield from self._text(line)

    def _text(self, line: str) -> Iterator[Piece]:
        self._held = self._held[len(line) :]
        self._pass_over(line)
        if line:
            yield Text(line)

    def _open(self, opened: re.Match[str]) -> None:
        mark = opened[1].lower()
        self._held = self._held[opened.end() :]
        self._looks_for_ends = False
        if mark in CLOSING:
            # Where the answer has begun, a mark that nothing closes was a word of it.
            given_back = opened[0] if "".join(self._said).strip() else None
            self._section = _section(True, CLOSING[mark], given_back=given_back)
        elif mark in ANSWERS:
            self._section = _section(False, ANSWERS[mark])
        elif mark in HEADERS:
            self._header = True
        else:
            self._section = _section(False, *CHANNEL_ENDS)

    def _closing_alone(self, mark: re.Match[str], last: bool) -> Iterator[Piece]:
        """A closing mark without an opening one: what came was reasoning, or this is a word."""
        before, after = self._held[: mark.start()], self._held[mark.end() :]
        if not after and not last:
            yield from self._text(before)
            return
        said = "".join((*self._said, before))
        begins_line = not said or said.endswith("\n")
        ends_line = after[:1] in ("", "\n", "\r")
        self._looks_for_ends = False
        if _MENTIONED.search(said) or not (ends_line or (begins_line and after[:1] != "`")):
            yield from self._text(before + mark[0])
            return
        yield from self._text(before)
        yield WasReasoning()
        self.closed_alone = mark[0].lower()
        self._held, self._line, self._said, self._trims = after, BlockStarts(), [], True

    def _pass_over(self, text: str) -> None:
        """Move on by text outside sections."""
        self._said.append(text)
        for line in _lines(text):
            self._line.pass_over(line)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _may_open(text: str) -> bool:
    """Whether a text may be the beginning of an opening mark."""
    bare = text.lstrip(" ")
    indent = len(text) - len(bare)
    return indent <= 3 and any(mark.startswith(bare.lower()) for mark in OPENINGS)


def _possible_start(text: str, marks: tuple[str, ...]) -> int:
    """How many characters at the end of `text` may be the beginning of a mark."""
    longest = max(map(len, marks)) - 1
    tail = text[-longest:].lower()
    begins = (found.start() for found in _MARK_BEGINS.finditer(tail))
    return next((len(tail) - n for n in begins if any(m.startswith(tail[n:]) for m in marks)), 0)
