"""How a tool call reads in the room: its title, what with, and how it ended.

Arguments are the model's words and outputs the tool's, so both are shown as inline code: no link,
picture or list of theirs comes alive in the room.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ...markdown.code_span import code_span

LINE = 120
"""Characters of a line that only informs."""


def code(text: str, limit: int = LINE) -> str:
    """One line of inline code, whatever the text; '' for blank text. Shortened text says so."""
    return code_span(text, limit)


def arguments(given: Mapping[str, Any], limit: int = LINE) -> str:
    """What a tool is called with, as a person reads it: `city: Berlin, days: 3`."""
    return code(", ".join(f"{name}: {_value(value)}" for name, value in given.items()), limit)


def name(text: str) -> str:
    """A name the model or a server made up, as plain text that is safe in a title."""
    return re.sub(r"[^\w .:/-]", "", text)[:64].strip() or "a tool"


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:  # what can just be read may be nested too deeply to be written
        return "…"
