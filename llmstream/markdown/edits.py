"""Changes to a leaf's text, and to the whole text it is taken from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .blocks import Block


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """`new` instead of what stands from `start` to `end`."""

    start: int
    end: int
    new: str = ""


def in_text(leaf: Block, start: int, edits: Iterable[Edit]) -> list[Edit]:
    """Edits of what the leaf has from `start` on, as edits of the whole text."""
    at: list[int] = []  # where the leaf's lines begin in the whole text,
    firsts: list[int] = []  # and counted from `start`
    first = len(leaf.text) - start + 1
    for line, begins in zip(reversed(leaf.shown), reversed(leaf.at), strict=False):
        first -= len(line) + 1
        at.append(begins)
        firsts.append(first)
        if first <= 0:
            break
    at.reverse()
    firsts.reverse()

    def place(index: int) -> int:
        line = bisect_right(firsts, index) - 1
        return at[line] + index - firsts[line]

    return [Edit(place(edit.start), place(edit.end), edit.new) for edit in edits]


def applied(text: str, edits: Sequence[Edit]) -> tuple[int, str]:
    """Where the first edit begins, and the text from there on."""
    at = begin = edits[0].start
    pieces = []
    for edit in edits:
        pieces += [text[at : edit.start], edit.new]
        at = edit.end
    return begin, "".join([*pieces, text[at:]])
