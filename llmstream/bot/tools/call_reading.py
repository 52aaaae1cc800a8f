"""Calls as models really write them, read as what they mean. Pure.

What goes back to the model as its own call has to be one that every provider takes: a plain name,
and arguments that are a JSON object.
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import Any

from ...chunks import ToolCall
from ...well_formed import well_formed

_DEEPEST = 64  # levels of lists and objects in arguments
_TIMES = 4  # that a model may say the same
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_HALF = re.compile(r"\\u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0000)")  # what well_formed replaces


def tool_name(written: str) -> str:
    """The tool that a model means: without channel markers and prefixes glued to it."""
    name = written.strip().partition("<|")[0].strip()
    name = name.removeprefix("functions.").rstrip(":")
    return name if _NAME.fullmatch(name) else re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:64] or "none"


def parsed(arguments: str) -> dict[str, Any] | None:
    """The arguments as an object; None where they are none. Empty ones, and null, are {}.

    Some send the object once more after itself, or as a text.
    """
    try:
        return _object(arguments)
    except (ValueError, RecursionError):
        return None


def sendable(call: ToolCall) -> ToolCall:
    """The call with arguments that every provider takes back."""
    arguments = parsed(call.arguments)
    if arguments is None:
        return ToolCall(call.id, call.name, "{}")
    if call.arguments.startswith("{") and not _HALF.search(call.arguments):
        try:
            json.loads(call.arguments)
        except ValueError:
            pass  # it has the object twice
        else:
            return call
    return ToolCall(call.id, call.name, json.dumps(arguments, ensure_ascii=False))


def _object(arguments: str) -> dict[str, Any]:
    found: Any = {}
    text, end = arguments.strip(), 0
    for _ in range(_TIMES):
        if end < len(text):
            again, end = json.JSONDecoder().raw_decode(text, _after_blanks(text, end))
            if found not in ({}, again):
                raise ValueError("two different objects")
            found = again
    if end < len(text):
        raise ValueError("more than an object")
    if isinstance(found, str):
        found = json.loads(found or "{}")
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ValueError("no object")
    return {well_formed(key): _clean(value, 1) for key, value in found.items()}


def _clean(value: Any, level: int) -> Any:
    """The same with well-formed texts: nobody takes others, nor NaN."""
    if level > _DEEPEST:
        raise ValueError("too deep")
    match value:
        case str():
            return well_formed(value)
        case list():
            return [_clean(each, level + 1) for each in value]
        case dict():
            return {well_formed(key): _clean(each, level + 1) for key, each in value.items()}
        case float() if not isfinite(value):
            raise ValueError("no number of JSON")
    return value


def _after_blanks(text: str, at: int) -> int:
    while text[at].isspace():
        at += 1
    return at
