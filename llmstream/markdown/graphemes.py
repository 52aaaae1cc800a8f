"""Where a text may be cut without cutting what a reader takes for one character."""

from __future__ import annotations

import re
import unicodedata

_ENTITY = re.compile(r"&#?\w{1,31};")
_JOINER = "\u200d"
_LONGEST = 64  # code points of one character; more is abuse, and may be cut


def boundary_before(text: str, at: int, least: int) -> int:
    """The last place, at most `at`, where the text may be cut; `at` when there is none from
    `least` on.

    Not within a grapheme (marks, joined emoji, flags, Hangul: the common cases of UAX #29), a
    surrogate pair, an HTML entity or a backslash escape.
    """
    for place in range(at, max(least, at - _LONGEST) - 1, -1):
        if not _joined(text, place) and not _within_entity(text, place):
            return place
    return max(at, least)


def _joined(text: str, at: int) -> bool:
    if at >= len(text):
        return False
    before, after = text[at - 1], text[at]
    if before in (_JOINER, "\\") or (before == "\r" and after == "\n"):
        return True
    if after == _JOINER or "\ufe00" <= after <= "\ufe0f" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    if "\udc00" <= after <= "\udfff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if _is_flag(after) and _is_flag(before):
        flags = 0
        while flags < at and _is_flag(text[at - 1 - flags]):
            flags += 1
        return flags % 2 == 1
    if "\u1160" <= after <= "\u11ff":
        return True
    return unicodedata.category(after) in {"Mn", "Me", "Mc"}


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _within_entity(text: str, at: int) -> bool:
    begin = text.rfind("&", max(0, at - 34), at)
    match = _ENTITY.match(text, begin) if begin >= 0 else None
    return match is not None and match.end() > at
