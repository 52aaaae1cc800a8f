"""What is hidden at the end of a half-written leaf, and what closes what is open there.

Which leaf that is, and what becomes of half-written blocks, is in heal.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from html import unescape

from .edits import Edit, applied
from .guesses import is_literal
from .inline import render
from .lookups import ANYWHERE, NOWHERE
from .scan import Opener, Scanner

_UNDECIDED_END = re.compile(r"(?:(?<![^\s(\[])!|(?<![|\\])\||&#?\w{0,8}|\[\^[^\[\]\s]{0,40})$")
# What would begin a block, or be none of the line, if the marker before it were hidden.
_BLOCK_START = re.compile(
    r"\s|$|\d{0,9}(?:#{1,6}(?=\s|$)|[-+*.)](?=\s|$)|[>=|<]|```|~~~|\$\$|\\\[|\[)"
)
_LONGEST_MARKER = 12  # characters
_TAGS = re.compile(r"<[^>]*>")
ENDS = {"\\(": "\\)", "\\[": "\\]"}
"""What ends maths that begins with a backslash."""


def decide(scanner: Scanner, before: str) -> list[Edit]:
    """Which markers of the scanned text are hidden; last, where it ends and what closes it.

    `before` is the character before it.
    """
    end, closing = _open_code(scanner, _decided(scanner))
    end = _without_empty(scanner, end)
    hidden, ends = _markers(scanner, end)
    text = before + scanner.text[:end]
    edits: list[Edit] = []
    for edit in sorted([*hidden, *(Edit(*span) for span in scanner.dropped)]):
        if edit.end <= end and not _begins_block(text, edits, edit):
            edits.append(edit)
    closing += ends
    if closing and not _would_close(scanner.text[:end], edits, closing):
        closing = ""
    return [*edits, Edit(end, len(scanner.text), closing)]


def _open_code(scanner: Scanner, end: int) -> tuple[int, str]:
    """Where the text ends that has an open code span, and what parts it from its end."""
    text, openers = scanner.text, scanner.open
    if not openers or openers[-1].marker[0] != "`" or not text[:end].endswith("`"):
        return end, ""
    if end < len(text):
        return end, " "  # parts a run of its own from the end
    return len(text.rstrip("`")), ""  # half of the end


def _without_empty(scanner: Scanner, end: int) -> int:
    """Where the text ends without the markers that have nothing behind them, which are no longer
    open.
    """
    text, openers = scanner.text, scanner.open
    while openers and (
        not text[openers[-1].at + openers[-1].length : end].strip()
        or scanner.may_be_version(openers[-1], end)
    ):
        end = len(text[: openers.pop().at].rstrip())
    if text[:end].endswith("\\[") and half_escape(text[: end - 1]):
        end = len(text[: end - 2].rstrip())  # of maths, or no bracket of a link
    return end


def _markers(scanner: Scanner, end: int) -> tuple[list[Edit], str]:
    """Which of the open markers are hidden, and what ends the others."""
    hidden, closing = [], ""
    twins = Counter((opener.marker, opener.length) for opener in scanner.open)
    literal = ""
    for opener in reversed(scanner.open):
        marker = opener.marker
        if marker in {"[", "!["}:
            if not scanner.stays(opener, end):
                hidden.append(Edit(opener.at, opener.at + len(marker)))
        elif marker in {"*", "_", "~"} and (
            opener.around
            or twins[marker, opener.length] > 1  # no bold text has bold text in it
            or is_literal(scanner.text, opener.at, opener.run)
        ):
            literal += marker
        elif marker not in literal:  # an end would go to the one inside
            closing += _end_of(opener)
    return hidden, closing


def _begins_block(text: str, edits: Sequence[Edit], edit: Edit) -> bool:
    """Whether something else would begin where the line does, were this hidden as well.

    The text has one character before what the edits are of.
    """
    line = text.rfind("\n", 0, edit.start + 1)
    if line < 0 or edit.start - line > _LONGEST_MARKER:
        return False
    earlier = [known for known in edits if known.start >= line]
    first = earlier[0].start if earlier else edit.start
    if first > line and text[line + 1] in "<[":
        return False  # as it was
    _, shown = applied(
        text[1 : edit.end + 1 + _LONGEST_MARKER], [Edit(line, line), *earlier, edit]
    )
    return _BLOCK_START.match(shown) is not None


def _would_close(text: str, edits: Sequence[Edit], closing: str) -> bool:
    """Whether all of `closing` ends something, read as the finished text will be."""
    _, text = applied(text, [Edit(0, 0), *edits])
    for references in (NOWHERE, ANYWHERE) if "]" in text else (NOWHERE,):
        seen = unescape(_TAGS.sub("", render(text + closing, references)))
        if seen[-1:] in closing and (seen[-1:] != text[-1:] or Counter(seen) - Counter(text)):
            return False
    return True


def _decided(scanner: Scanner) -> int:
    """How much of the scanned text is decided."""
    text, openers = scanner.text, scanner.open
    end = len(text[: scanner.end].rstrip())
    if not openers or openers[-1].marker[0] not in "`$\\":
        undecided = _UNDECIDED_END.search(text, 0, end)
        if undecided and scanner.end == len(text) == end:
            end = len(text[: undecided.start()].rstrip())
    elif openers[-1].marker[0] in "$\\":
        end = len(text[: end - half_escape(text[:end])].rstrip())
    return end


def half_escape(latex: str) -> int:
    """How many characters at the end would take the backslash from what closes the maths."""
    return (len(latex) - len(latex.rstrip("\\"))) % 2


def _end_of(opener: Opener) -> str:
    marker = opener.marker
    if marker.startswith("<"):
        return "</" + marker[1:]
    if marker in {"*", "_", "~"}:
        return marker * opener.length
    return ENDS.get(marker, marker)
