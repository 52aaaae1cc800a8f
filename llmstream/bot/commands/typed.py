"""What was typed at `set` and `unset`: where, which key, and which value. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .scopes import Everywhere, OneRoom, Scope

# Phones make one dash of two.
_EVERYWHERE = r"(?:--|[–—])everywhere"
_FLAG = re.compile(rf"\A{_EVERYWHERE}(?!\S)\s*|\s+{_EVERYWHERE}\Z", re.IGNORECASE)
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "«": "»"}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed; `key` and `value` are '' where they were left out. A value keeps its lines.

    `value` is as it stands there; `unquoted` is what it means.
    """

    scope: Scope
    key: str = ""
    value: str = ""

    @property
    def unquoted(self) -> str:
        """The value without one pair of quotes around all of it."""
        value = self.value
        for first, last in _QUOTES.items():
            inner = value[1:-1]
            quoted = len(value) > 1 and value[0] == first and value[-1] == last
            if quoted and first not in inner and last not in inner:
                return inner
        return value


def read_typed(arguments: str, room_id: str) -> Typed:
    """`KEY VALUE`, for this room; for all with `--everywhere` before or after it."""
    text, flagged = _FLAG.subn("", arguments.strip(), count=1)
    scope: Scope = Everywhere(room_id) if flagged else OneRoom(room_id)
    key, value = [*text.split(maxsplit=1), "", ""][:2]
    return Typed(scope, key.lower(), value)
