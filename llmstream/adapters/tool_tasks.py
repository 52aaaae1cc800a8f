"""Tool calls that others make, as tasks: the name, what with, and how it ended.

Arguments and results are shown as inline code: nothing of theirs comes alive in the room.
"""

from __future__ import annotations

import json
from typing import Any

from ..chunks import TaskUpdate
from ..markdown.code_span import code_span

_SHOWN = 120  # characters of the arguments or the result


def begun(id: str, name: str, arguments: Any) -> TaskUpdate:
    """A call that runs now."""
    return TaskUpdate(id, name, "in_progress", details=_code(arguments))


def ended(id: str, name: str, result: Any, *, failed: bool) -> TaskUpdate:
    """A call that is over. `name` may be '' where the call has begun before."""
    return TaskUpdate(id, name, "error" if failed else "complete", output=_code(result))


def _code(value: Any) -> str:
    """One line of inline code, whatever the value; '' where there is nothing to show."""
    if value in (None, "", "{}") or value == {}:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return code_span(text, _SHOWN)
