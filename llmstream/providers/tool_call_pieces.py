"""Tool calls that arrive in pieces, put together.

Written for the OpenAI API, whose servers differ: `index` missing, a text or always 0, ids missing,
sent again or the same for all calls, arguments in pieces, whole, whole again after the pieces, or
as an object instead of JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from ..chunks import ToolCall
from ..shapes import count, mapping, word
from .bounds import MOST_CALLS, too_large


def new_id() -> str:
    """An id for a call whose server gave none, unique among all of a conversation."""
    return f"call_{uuid4().hex[:16]}"


def arguments_of(call: ToolCall) -> dict[str, Any]:
    """The arguments as an object; empty where the model wrote something else."""
    found = _object(call.arguments)
    return {} if found is None else found


def tool_name(said: Any) -> str:
    """The name of a tool without what models glue to it: channel markers, a namespace."""
    return word(said).partition("<|")[0].strip().removeprefix("functions.")


def function_in(call: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is called, which some servers do not put into a `function` of its own."""
    return mapping(call.get("function")) or call


def arguments_in(function: Mapping[str, Any]) -> Any:
    """The arguments, or a piece of them, under whichever name."""
    named = (function.get(name) for name in ("arguments", "parameters", "input"))
    return next((found for found in named if found is not None), None)


def arguments_text(pieces: list[Any]) -> str:
    """The arguments as JSON, from the pieces in which they came.

    Where the pieces are no JSON object together, a server has sent some of them twice: the last
    one alone, all but an empty first one, or an object twice in a row. What is nothing of all this
    stays as the model wrote it.
    """
    texts = [piece if isinstance(piece, str) else _json(piece) for piece in pieces if piece]
    if not "".join(texts).strip():
        return "{}"
    for candidate in _candidates(texts):
        found = _object(candidate)
        if found is not None:
            return candidate if candidate.lstrip().startswith("{") else _json(found)
    return "".join(texts)


def _candidates(texts: list[str]) -> Iterator[str]:
    joined = "".join(texts)
    yield joined
    yield texts[-1]
    if texts[0].strip() == "{}":
        yield "".join(texts[1:])
    half = len(joined) // 2
    if joined[:half] == joined[half:]:
        yield joined[:half]


def _object(written: str) -> dict[str, Any] | None:
    """The object in a JSON text, also where it stands as JSON inside a JSON string."""
    value: Any = written
    for _ in range(2):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, str):
            break
    if value is None or value == "":
        return {}
    return value if isinstance(value, dict) else None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@dataclass(slots=True)
class _Unfinished:
    index: int | None
    id: str
    name: str = ""
    arguments: list[Any] = field(default_factory=list)
    extra: Any = None


class ToolCalls:
    """Collects the pieces of one answer's calls."""

    def __init__(self) -> None:
        self._calls: list[_Unfinished] = []

    def add(self, piece: Mapping[str, Any]) -> None:
        """One of an answer's `tool_calls`, as it came. Raises `Failed` where they are too many."""
        index, id = count(piece.get("index")), word(piece.get("id"))
        function = function_in(piece)
        name = tool_name(function.get("name"))
        call = self._continued(index, id, name)
        if call is None:
            call = _Unfinished(index, id)
            self._calls.append(call)
            if len(self._calls) > MOST_CALLS:
                raise too_large()
        call.name = call.name or name
        call.id = call.id or id
        call.extra = piece.get("extra_content") or call.extra
        call.arguments.append(arguments_in(function))

    def finished(self) -> list[tuple[ToolCall, Any]]:
        """The whole calls in the order in which they began, each with its `extra_content`."""
        named = [call for call in self._calls if call.name]
        taken: set[str] = set()
        for call in named:
            if not call.id or call.id in taken:
                call.id = new_id()
            taken.add(call.id)
        return [
            (ToolCall(call.id, call.name, arguments_text(call.arguments)), call.extra)
            for call in named
        ]

    def _continued(self, index: int | None, id: str, name: str) -> _Unfinished | None:
        """The call that a piece belongs to: by its id, else the last one at its place."""
        if id:
            known = [call for call in reversed(self._calls) if call.id == id]
            same = next((call for call in known if _goes_on(call, index, name)), None)
            if known or any(call.id and call.index == index for call in self._calls):
                return same
        if index is None:
            return self._calls[-1] if self._calls and not id else None
        return next((call for call in reversed(self._calls) if call.index == index), None)


def _goes_on(call: _Unfinished, index: int | None, name: str) -> bool:
    """Whether a piece with the same id is of this call: some servers give all calls one id."""
    same_place = index is None or call.index is None or index == call.index
    return same_place and (not name or not call.name or name == call.name)
