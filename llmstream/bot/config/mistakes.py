"""The sentences that say what is wrong with a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from .kinds import Kind

_SHOWN = 40
_LARGEST = 10**18


def wrong(key: str, value: object, kind: Kind) -> str:
    """That the value of `key` is none of its kind, and what would be."""
    found = "of the wrong kind" if kind.secret else _shown(value)
    return f"{key} is {found}; it can be {kind.allowed}."


def unknown(key: str, known: Iterable[str], path: str = "") -> str:
    """That there is no such key, and which one was meant. `path` stands before it as it is."""
    known = list(known)
    near = nearest(key, known)
    rest = f"did you mean `{near}`?" if near else f"known are {', '.join(known)}."
    return f"{path}{_short(key)} is unknown; {rest}"


def nearest(key: str, known: Iterable[str]) -> str | None:
    """Which of the known keys was meant, None if none looks like it."""
    return next(iter(get_close_matches(key.lower(), list(known), n=1)), None)


def no_such_name(key: str, name: str, names: Iterable[str], section: str) -> str:
    """That `key` names something which `section` does not have."""
    known = " or ".join(sorted(names)) or "nothing yet"
    return f"{key} is {_shown(name)}, which is not under {section}:; it can be {known}."


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and abs(value) > _LARGEST:
        return "too large a number"
    return f"`{_short(str(value))}`"


def _short(text: str) -> str:
    text = " ".join(text.split()).replace("`", "'")
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
