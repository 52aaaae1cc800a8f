"""Reasoning that a model writes into its text as `<think>…</think>`, told apart as it streams.

A pure decoder: `feed()` pieces, cut anywhere, then `flush()`. Nothing is lost but the tags, and
only the few characters that may still become a tag are held back. A tag opens reasoning where it
starts a line at the answer's beginning or after a blank line, outside fenced code, so that an
answer *about* such tags stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from ..chunks import Chunk, Reasoning, Text

_OPEN = re.compile(r" {0,3}<(think|thinking)>")
_MAYBE_OPEN = re.compile(r" {0,3}(<(t(h(i(n(k(i(n(g)?)?)?)?)?)?)?)?)?")
_LINE_START = 100  # what a line is shows in its first characters
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


async def told_apart(chunks: AsyncGenerator[Chunk, None]) -> AsyncGenerator[Chunk, None]:
    """The same chunks, with the reasoning inside their texts as `Reasoning`."""
    decoder = ThinkDecoder()
    async with aclosing(chunks):
        async for chunk in chunks:
            if isinstance(chunk, Text):
                found: list[Text | Reasoning] = decoder.feed(chunk.text)
            else:
                found = decoder.flush()
            for piece in found:
                yield piece
            if not isinstance(chunk, Text):
                yield chunk
    for piece in decoder.flush():
        yield piece


class ThinkDecoder:
    """Turns pieces of a model's text into `Text` and `Reasoning`, in order."""

    def __init__(self) -> None:
        self._held = ""
        self._tag = ""  # the open tag's name while reasoning
        self._line = _Lines()

    def feed(self, text: str) -> list[Text | Reasoning]:
        """What is certain after this piece."""
        self._held += text
        found: list[Text | Reasoning] = []
        while self._held:
            chunk = self._reasoning() if self._tag else self._text()
            if chunk is None:
                break
            if chunk.text:
                found.append(chunk)
        return found

    def flush(self) -> list[Text | Reasoning]:
        """What was held back, when nothing more comes."""
        held, self._held = self._held, ""
        if not held:
            return []
        if self._tag:
            return [Reasoning(held)]
        self._line.pass_over(held)
        return [Text(held)]

    def _text(self) -> Text | Reasoning | None:
        if self._line.at_boundary:
            if opened := _OPEN.match(self._held):
                self._tag = opened[1]
                self._held = self._held[opened.end() :]
                return Reasoning("")
            if _MAYBE_OPEN.fullmatch(self._held):
                return None
        line, newline, self._held = self._held.partition("\n")
        self._line.pass_over(line + newline)
        return Text(line + newline)

    def _reasoning(self) -> Reasoning | None:
        closing = f"</{self._tag}>"
        thought, closed, rest = self._held.partition(closing)
        if closed:
            self._held, self._tag, self._line = rest, "", _Lines()
            return Reasoning(thought)
        kept = _possible_start(self._held, closing)
        certain = self._held[: len(self._held) - kept]
        self._held = self._held[len(certain) :]
        return Reasoning(certain) if certain else None


class _Lines:
    """Where in the Markdown we are: at a block's beginning, inside a line, inside fenced code."""

    def __init__(self) -> None:
        self._line = ""
        self._after_blank = True
        self._fence = ""

    @property
    def at_boundary(self) -> bool:
        return not self._line and self._after_blank and not self._fence

    def pass_over(self, piece: str) -> None:
        """Move on by a piece that holds at most one newline, at its end."""
        if len(self._line) < _LINE_START:
            self._line += piece
        if piece.endswith("\n"):
            self._end_line(self._line)
            self._line = ""

    def _end_line(self, line: str) -> None:
        self._after_blank = not line.strip()
        fence = _FENCE.match(line)
        if not fence:
            return
        marks, rest = fence[1], fence[2].strip()
        if not self._fence:
            self._fence = marks
        elif marks.startswith(self._fence) and not rest:
            self._fence = ""


def _possible_start(text: str, tag: str) -> int:
    """How many characters at the end of `text` may be the beginning of `tag`."""
    return next(
        (n for n in range(min(len(text), len(tag) - 1), 0, -1) if tag.startswith(text[-n:])), 0
    )
