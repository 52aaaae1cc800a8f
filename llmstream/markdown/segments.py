"""Long paragraphs in pieces, so that none costs much to render.

A piece ends at white space where nothing is open, so that it reads the same on its own. Where
nothing of the kind comes for long, it ends anyway: what is open there shows as text, and nothing
is lost.
"""

from __future__ import annotations

import re

from .scan import Scanner

_SHORT = 800  # characters: paragraphs up to here stay whole
_LONG = 1600
LONGEST = 8000  # of a piece, which waits for the end of its code or address
_LONG_ADDRESS = re.compile(r"\]\([^\s()\[\]]{400,}$")
_WHITE = re.compile(r"(?<!\s)\s(?=\S)")


class Segments:
    """Cuts texts into pieces, and remembers the last long one: while it grows, only what is new
    is read.

    Where a piece ends depends only on what stands before its end, or up to `_LONG` characters
    behind its beginning; where code or an address is open, `LONGEST`. So all pieces but the last
    stay when text is added.
    """

    def __init__(self) -> None:
        self._known: list[str] = []

    def cut(self, text: str) -> list[str]:
        """The text in pieces, which add up to it."""
        if len(text) <= _SHORT:
            return [text]
        pieces = []
        start = 0
        for piece in self._known:
            if not text.startswith(piece, start):
                break
            pieces.append(piece)
            start += len(piece)
        while len(text) - start > _SHORT:
            end = _end(text[start : start + LONGEST])
            if not end:
                break
            pieces.append(text[start : start + end])
            start += end
        self._known = pieces.copy()
        return [*pieces, text[start:]]


def _end(text: str, longest: int = _LONG) -> int:
    """Where the first piece of the text ends; 0 where it may go on."""
    piece = text[:longest]
    scanner = Scanner(piece)
    seam = 0
    for start, end in scanner.steps():
        if end > _SHORT and not scanner.open:
            white = _WHITE.search(piece, max(start, _SHORT), end)
            if white and white.end() < len(piece):
                return white.end()
            if _SHORT < start < len(piece):
                seam = start  # between two tags, say
    if len(piece) < longest:
        return 0
    in_code = bool(scanner.open) and scanner.open[-1].marker[0] == "`"
    if longest < LONGEST and (in_code or _LONG_ADDRESS.search(piece)):
        return _end(text, LONGEST)
    if seam:
        return seam
    space = max(text.rfind(" ", _SHORT, _LONG), text.rfind("\n", _SHORT, _LONG))
    return space + 1 if space > 0 else _LONG
