"""Emphasis: which runs of markers may begin and end it, and which belong together.

CommonMark 6.2, but for Chinese, Japanese and Korean: they have no spaces around words, so by its
rules `**注意：**正文` would end nothing. What a run touches counts as follows (after the proposal
for CommonMark at github.com/tats-u/markdown-cjk-friendly): their punctuation as letters, and
beside one of their letters other punctuation is no obstacle.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

MOST_MARKERS = 100  # in a row: so many are no emphasis
# Parts of Korean syllables, and what chooses the variant of a Chinese letter.
_NARROW_CJK = re.compile("[\u1160-\u11ff\ud7b0-\ud7fb\U000e0100-\U000e01ef]")
_FULL_WIDTH = "\ufe01"  # behind a quotation mark: it is a Chinese one


@dataclass(slots=True)
class Run:
    """Markers in a row. `length` are left, as text; `ends` and `begins` tell how many characters
    each emphasis took, from left to right.
    """

    marker: str
    size: int
    opens: bool
    closes: bool
    length: int = 0
    ends: list[int] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)


def _kind(character: str) -> tuple[bool, bool, bool]:
    """Whether it is space, punctuation, and of a Chinese, Japanese or Korean text."""
    if character.isspace():
        return True, False, False
    category = unicodedata.category(character)
    cjk = unicodedata.east_asian_width(character) in "WFH" or _NARROW_CJK.match(character)
    emoji = category == "So" and not "\u2e80" <= character <= "\u33ff"
    return False, category[0] in "PS", bool(cjk) and not emoji


def _touched(character: str, beyond: str) -> tuple[bool, bool, bool]:
    """What stands beside a run; `beyond` is what follows there, away from it. The text's edge is
    space.
    """
    if not character:
        return True, False, False
    space, punctuation, cjk = _kind(character)
    if punctuation and not cjk and (beyond == _FULL_WIDTH or (beyond and _kind(beyond)[2])):
        # Quotation marks and dashes are shared with other scripts.
        cjk = unicodedata.east_asian_width(character) == "A"
    return space, punctuation, cjk


def flanks(text: str, at: int, end: int, limit: int | None = None) -> tuple[bool, bool]:
    """Whether the run from `at` to `end` may begin and may end emphasis, in `text[:limit]`."""
    beside = text[max(at - 3, 0) : at], text[end : end + 2 if limit is None else limit][:2]
    return _flanks(text[at] == "_", *beside)


@lru_cache(maxsize=4096)
def _flanks(underscores: bool, before: str, after: str) -> tuple[bool, bool]:
    variant = ""
    if "\ufe00" <= before[-1:] <= "\ufe0e" and before[-2:-1].strip():
        before, variant = before[:-1], before[-1]
    beyond = variant if variant == _FULL_WIDTH else before[-2:-1]
    space, mark, cjk = _touched(before[-1:], beyond)
    space_after, mark_after, cjk_after = _touched(after[:1], after[1:])
    left = not space_after and (not mark_after or cjk_after or space or mark or cjk)
    right = not space and (not mark or cjk or space_after or mark_after or cjk_after)
    if underscores:
        return left and (not right or mark), right and (not left or mark_after)
    return left, right


def are_odd(opener: int, closer: int, both: bool) -> bool:
    """CommonMark's rule of three: runs, of so many markers, do not belong together when their sum
    is a multiple of it and one could go both ways, unless each is.
    """
    return both and (opener + closer) % 3 == 0 and opener % 3 != 0


def pair(runs: Iterable[Run]) -> None:
    """Find which runs belong together: CommonMark's "process emphasis"."""
    openers: list[Run] = []
    bottom: dict[tuple[str, bool, int], int] = {}  # below it there is no opener for such a closer
    for run in runs:
        run.length = run.size
        if run.closes:
            _close(run, openers, bottom)
        if run.opens and run.length > (run.marker == "~"):
            openers.append(run)


def _close(run: Run, openers: list[Run], bottom: dict[tuple[str, bool, int], int]) -> None:
    least = 2 if run.marker == "~" else 1
    kind = (run.marker, run.opens, run.size % 3)
    index = len(openers) - 1
    lowest = min(bottom.get(kind, 0), len(openers))
    while run.length >= least and index >= lowest:
        opener = openers[index]
        if opener.marker != run.marker or (
            least == 1 and are_odd(opener.size, run.size, opener.closes or run.opens)
        ):
            index -= 1
            continue
        taken = 2 if min(opener.length, run.length) >= 2 else 1
        del openers[index + 1 :]
        opener.length -= taken
        run.length -= taken
        opener.begins.insert(0, taken)
        run.ends.append(taken)
        if opener.length < least:
            del openers[index]
            index -= 1
    if run.length >= least:
        bottom[kind] = len(openers)
