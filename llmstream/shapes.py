"""What a server may put where a text, a list, an object or a number is expected.

Each reading takes any JSON value and passes over what it cannot use: no answer ends because one
field of it has another shape than the documentation says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from .chunks import Reasoning, Text

_OBJECT = (dict, Mapping)  # nearly all are dicts, which are known at once
_NUMBER = (int, float)
_DEEPEST = 8
_MOST = 10**12
_TEXTS = ("text", "thinking", "reasoning", "content", "value", "refusal", "summary")
_THOUGHTS = ("thinking", "reasoning", "thought", "reasoning_content", "summary_text")


def mapping(value: Any) -> Mapping[str, Any]:
    """An object; empty where it is none."""
    return value if value is not None and isinstance(value, _OBJECT) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """A list of objects; of one where there is no list around it."""
    if value is None:
        return []
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, _OBJECT)]


def text(value: Any, depth: int = 0) -> str:
    """A text, or those in a list of parts, put together; '' where there is none."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if depth > _DEEPEST:
        return ""
    if isinstance(value, list):
        return "".join(text(item, depth + 1) for item in value)
    if isinstance(value, _OBJECT):
        return next((found for key in _TEXTS if (found := text(value.get(key), depth + 1))), "")
    return ""


def word(value: Any) -> str:
    """A name, an id or a kind: one short text; '' where it is none."""
    return value[:1000] if isinstance(value, str) else str(value) if type(value) is int else ""


def words(value: Any) -> Iterable[Text | Reasoning]:
    """Content as one text or in parts, of which some may be thoughts (Mistral)."""
    if isinstance(value, str):
        return (Text(value),) if value else ()
    return _words_in_parts(value)


def _words_in_parts(value: Any) -> Iterator[Text | Reasoning]:
    for part in value if isinstance(value, list) else [value]:
        thought = isinstance(part, _OBJECT) and word(part.get("type")) in _THOUGHTS
        if said := text(part):
            yield Reasoning(said) if thought else Text(said)


def count(value: Any) -> int | None:
    """A number of tokens; None where there is none that can be believed."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal():
        value = int(value.strip()[:20])
    if isinstance(value, bool) or not isinstance(value, _NUMBER) or not 0 <= value < _MOST:
        return None
    return int(value)


def amount(value: Any) -> Decimal | None:
    """A sum of money; None where there is none that can be believed."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _MOST:
        return None
    return Decimal(str(value))
