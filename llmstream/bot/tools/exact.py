"""A call exactly as it would be made, for the person who has to approve it.

JSON, but for what cannot be seen, which is escaped, and for long texts, which are given in pieces:
a line break in a text is one here, and nothing stands beyond the edge of a screen. Two calls that
differ look different.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

LARGEST = 8_000
"""Bytes (`size`) of what can be approved."""

_WIDTH = 80  # characters of a line
_DEEPEST = 12  # levels, each of which begins its lines further to the right
_MARKS = 3  # accents on one letter; many hide the lines above
# Printable, says Python, but not to be seen: Default_Ignorable_Code_Point of Unicode, and blanks
# that are no spaces.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001d159\U000e0100-\U000e01ef]"
)


class _Unshowable(Exception):
    """It cannot be shown so that a person sees all of it."""


def written_out(name: str, arguments: Mapping[str, Any]) -> str | None:
    """The call in Markdown; None where it is too large for a person to see all of it.

    `name` is the tool's as the model knows it: no two tools of an answer have the same.
    """
    lines, length = [], 0
    try:
        for piece in _value(arguments, 0):
            lines.append(piece)
            length += len(piece)
            if length > LARGEST:
                return None
    except _Unshowable:
        return None
    text = "".join(lines)
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
    written = f"`{name}` would be called with exactly this:\n\n{fence}\n{text}\n{fence}"
    return written if size(written) <= LARGEST else None


def size(markdown: str) -> int:
    """Bytes that a text has in the body and the HTML of an event, in their largest form."""
    indented = markdown.replace("\n", "\n  ")
    return len(json.dumps(indented)) + len(json.dumps(escape(indented)))


def _value(value: Any, level: int) -> Iterator[str]:
    if level > _DEEPEST:
        raise _Unshowable
    match value:
        case str():
            yield from _string(value, level)
        case Mapping() if value:
            pairs = ((_line(_quoted(str(key))) + ": ", each) for key, each in value.items())
            yield from _items("{}", pairs, level)
        case list() if value:
            yield from _items("[]", (("", each) for each in value), level)
        case _:
            yield _line(json.dumps(value))


def _items(brackets: str, items: Iterable[tuple[str, Any]], level: int) -> Iterator[str]:
    for number, (key, value) in enumerate(items):
        yield f"{',' if number else brackets[0]}\n{'  ' * (level + 1)}{key}"
        yield from _value(value, level + 1)
    yield f"\n{'  ' * level}{brackets[1]}"


def _string(text: str, level: int) -> Iterator[str]:
    lines: list[str] = []
    full = True
    for letter in _letters(text):
        if full or len(lines[-1]) + len(letter) > _WIDTH:
            lines.append("")
        lines[-1] += letter
        full = letter == "\\n"
    if len(lines) < 2:
        yield f'"{"".join(lines)}"'
        return
    for line in lines:
        yield f'\n{"  " * (level + 1)}"{line}"'


def _line(text: str) -> str:
    if len(text) > _WIDTH:
        raise _Unshowable
    return text


def _quoted(text: str) -> str:
    return f'"{"".join(_letters(text))}"'


def _letters(text: str) -> Iterator[str]:
    """Each as it stands in JSON, escaped where it cannot be seen."""
    if len(text) > LARGEST:
        raise _Unshowable
    marks = 0
    for letter in text:
        marks = marks + 1 if unicodedata.category(letter) in ("Mn", "Me") else 0
        seen = letter.isprintable() and not _UNSEEN.match(letter) and marks <= _MARKS
        yield json.dumps(letter, ensure_ascii=not seen)[1:-1]
