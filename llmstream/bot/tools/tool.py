"""One tool that can be called: what the model is told of it, and what happens then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ...messages import Tool
from .results import Result

Call: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[Result]]


class ToolError(Exception):
    """A call or a server failed. Its text is a sentence for the room and for the model."""


@dataclass(frozen=True, slots=True)
class BoundTool:
    """Args:
    told: What the model is told of it.
    title: What the room is told of it.
    call: Calls it. Raises `ToolError`; cancelling it ends the call.
    asks_first: Each call needs the asker's yes.
    """

    told: Tool
    title: str
    call: Call
    asks_first: bool = False
