"""A text's characters: which may stand in a Matrix event (what UTF-8, JSON and readers can bear),
and between which it may be cut.
"""

from __future__ import annotations

import re
import unicodedata

_SURROGATE = re.compile("[\ud800-\udfff]")
# C0 and C1 controls but tab and newline; directional formatting that can make a text read
# otherwise than it is written (Unicode TR36: embeddings, overrides, isolates); byte order marks.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_UNCLEAN = re.compile(_SURROGATE.pattern + "|" + _FORBIDDEN.pattern)

_ENTITY = re.compile(r"&#?\w{1,31};")
_JOINER = "\u200d"
_LONGEST = 64  # code points of one character; more is abuse, and may be cut


def clean(text: str) -> str:
    """The text as a Matrix event may carry it.

    Line ends become "\\n"; the two halves of a character (surrogates) become the character; lone
    halves (not encodable as UTF-8) and NUL become U+FFFD; other control characters and
    bidirectional overrides are dropped. Everything else stays as it is.
    """
    if not _UNCLEAN.search(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _FORBIDDEN.sub("", text)


def boundary_before(text: str, at: int, least: int) -> int:
    """The last place, at most `at`, where the text may be cut; `at` when there is none from
    `least` on.

    Not within a grapheme (marks, joined emoji, flags, Hangul: the common cases of UAX #29), a
    surrogate pair, an HTML entity or a backslash escape.
    """
    for place in range(at, max(least, at - _LONGEST) - 1, -1):
        escaped = place < len(text) and text[place - 1] in "\\\r"
        if not escaped and not joined(text, place) and not _within_entity(text, place):
            return place
    return max(at, least)


def columns(text: str) -> int:
    """How many columns of a fixed-width font the text takes."""
    taken = 0
    for at, character in enumerate(text):
        wide = unicodedata.east_asian_width(character) in "WF"
        if at and joined(text, at):
            # What an emoji is coloured by makes it as wide as one.
            taken += (
                character == "\ufe0f" and unicodedata.east_asian_width(text[at - 1]) not in "WF"
            )
        elif unicodedata.category(character) not in {"Mn", "Me", "Cf"}:
            taken += 2 if wide or _is_flag(character) else 1
    return taken


def joined(text: str, at: int) -> bool:
    """Whether what stands there is part of one character with what stands before it."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if (
        before == _JOINER
        or after == _JOINER
        or "\ufe00" <= after <= "\ufe0f"
        or "\U0001f3fb" <= after <= "\U0001f3ff"
    ):
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
