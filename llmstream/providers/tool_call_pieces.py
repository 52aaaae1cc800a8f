"""Tool calls that arrive in pieces, put together.

Written for the OpenAI API, whose servers differ: `index` missing or always 0, ids missing or sent
again, several calls at once, arguments in pieces, whole, or as an object instead of JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from ..chunks import ToolCall


def new_id() -> str:
    """An id for a call whose server gave none, unique among all of a conversation."""
    return f"call_{uuid4().hex[:16]}"


def arguments_of(call: ToolCall) -> dict[str, Any]:
    """The arguments as an object; empty where the model wrote something else."""
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        return {}
    return arguments if isinstance(arguments, dict) else {}


@dataclass(slots=True)
class _Unfinished:
    index: int | None
    id: str
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    extra: Any = None


class ToolCalls:
    """Collects the pieces of one answer's calls."""

    def __init__(self) -> None:
        self._calls: list[_Unfinished] = []

    def add(self, piece: Mapping[str, Any]) -> None:
        """One of an answer's `tool_calls`, as it came."""
        index, id = piece.get("index"), piece.get("id") or ""
        call = self._continued(index, id)
        if call is None:
            call = _Unfinished(index, id)
            self._calls.append(call)
        function = piece.get("function") or {}
        call.name = call.name or function.get("name") or ""
        call.extra = piece.get("extra_content") or call.extra
        if arguments := function.get("arguments"):
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            call.arguments.append(text)

    def finished(self) -> list[tuple[ToolCall, Any]]:
        """The whole calls in the order in which they began, each with its `extra_content`."""
        return [
            (ToolCall(call.id or new_id(), call.name, "".join(call.arguments) or "{}"), call.extra)
            for call in self._calls
            if call.name
        ]

    def _continued(self, index: int | None, id: str) -> _Unfinished | None:
        """The call that a piece belongs to: by its id, else the last one at its place."""
        if id:
            known = next((call for call in self._calls if call.id == id), None)
            if known or any(call.id and call.index == index for call in self._calls):
                return known
        if index is None:
            return self._calls[-1] if self._calls and not id else None
        return next((call for call in reversed(self._calls) if call.index == index), None)
