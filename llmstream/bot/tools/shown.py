"""How a tool call reads in the room: its title, what with, and how it ended.

Arguments are the model's words and outputs the tool's, so both are shown as inline code: no link,
picture or list of theirs comes alive in the room.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

LINE = 120
"""Characters of a line that only informs."""
TO_APPROVE = 1000
"""Characters shown of what a person is asked to approve."""


def code(text: str, limit: int = LINE) -> str:
    """One line of inline code, whatever the text; '' for blank text. Shortened text says so."""
    # Only the beginning is looked at: a result may have megabytes.
    head = " ".join(_printable(text[: limit * 4]).split())
    if not head:
        return ""
    if len(head) > limit or len(text) > limit * 4:
        head = f"{head[:limit].rstrip()}…"
    fence = "`" * (max((len(run) for run in re.findall("`+", head)), default=0) + 1)
    padding = " " if "`" in (head[0], head[-1]) else ""
    return f"{fence}{padding}{head}{padding}{fence}"


def arguments(given: Mapping[str, Any], limit: int = LINE) -> str:
    """What a tool is called with, as a person reads it: `city: Berlin, days: 3`."""
    return code(", ".join(f"{name}: {_value(value)}" for name, value in given.items()), limit)


def name(text: str) -> str:
    """A name the model or a server made up, as plain text that is safe in a title."""
    return re.sub(r"[^\w .:/-]", "", text)[:64].strip() or "a tool"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
