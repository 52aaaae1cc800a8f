"""How values stand in a sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterable

LONG = 80
"""Characters of a value that are shown in a list."""


def code(value: object, longest: int = LONG) -> str:
    """A value of a setting, or a name, in one line and in the type of code."""
    text = " ".join(_typed(value).split()).replace("`", "'")
    return f"`{text if len(text) <= longest else text[:longest] + '…'}`"


def count(number: int, thing: str, things: str = "") -> str:
    """ "1 answer", "2 answers"; "2 people", where these have a word of their own."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def listed(lines: Iterable[str]) -> str:
    """A list of points."""
    return "\n".join(f"- {line.strip()}" for line in lines)


def _typed(value: object) -> str:
    """The value as a person types it at `set`."""
    if value is None or value == "":
        return "''"
    if value == ():
        return "[]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)
