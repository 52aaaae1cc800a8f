"""What is wrong with the configuration: the one error for it, and its sentences.

They go to the log and to admins. A key in the wrong line, or a value under the wrong key, may be a
secret: neither is repeated unless it looks like a word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from .kinds import Kind

_SHOWN = 40
_LARGEST = 10**18
_DIGIT, _LETTER = re.compile(r"[0-9]"), re.compile(r"[^\W\d_]")


class ConfigError(Exception):
    """Something in the configuration, or typed at `!llm set`, is not what it has to be.

    `problems` are whole sentences, each naming the key, what is wrong and what would be right.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def wrong(key: str, value: object, kind: Kind) -> str:
    """That the value of `key` is none of its kind, and what would be."""
    found = "of the wrong kind" if kind.secret else _shown(value)
    return f"{key} is {found}; it can be {kind.allowed}."


def unknown(key: str, known: Iterable[str], path: str = "") -> str:
    """That there is no such key, and which one was meant. `path` stands before it as it is."""
    known = list(known)
    near = nearest(key, known)
    rest = f"did you mean `{near}`?" if near else f"known are {', '.join(known)}."
    named = f"{path}{_short(key)}" if is_plain(key) else f"{path or 'The file: '}… (a key)"
    return f"{named} is unknown; {rest}"


def nearest(key: str, known: Iterable[str]) -> str | None:
    """Which of the known keys was meant, None if none looks like it."""
    return next(iter(get_close_matches(key.lower(), list(known), n=1)), None)


def no_such_name(key: str, name: str, names: Iterable[str], section: str) -> str:
    """That `key` names something which `section` does not have."""
    known = " or ".join(sorted(names)) or "nothing yet"
    return f"{key} is {_shown(name)}, which is not under {section}:; it can be {known}."


def not_offered(key: str, name: str, tools: Collection[str]) -> str:
    """That `key` names a tool which the server does not have."""
    near = nearest(name, tools)
    rest = f"Did you mean {_shown(near)}? " if near else ""
    return (
        f"{key} names {_shown(name)}, which is no tool of that server. {rest}Until that is "
        "mended, all of its calls wait for a yes."
    )


def is_plain(text: str) -> bool:
    """Whether a text is so short or so plain that it is no key, token or password of anybody."""
    words = text.split()
    return len(words) < 4 and not any(
        len(word) > 20 or (len(word) > 9 and _DIGIT.search(word) and _LETTER.search(word))
        for word in words
    )


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and abs(value) > _LARGEST:
        return "too large a number"
    return f"`{_short(str(value))}`" if is_plain(str(value)) else "a text that is none of these"


def _short(text: str) -> str:
    text = " ".join(text.split()).replace("`", "'")
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
