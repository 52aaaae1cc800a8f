"""What a model sent besides its tool calls, and wants back with their results.

Claude's signed thoughts, DeepSeek's reasoning, OpenRouter's details of it, Gemini's signature of a
call: without them the next step is refused. A conversation between a room and a model has no place
for them, so they travel with the calls themselves (`ToolCall.kept`): no other answer can get them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..messages import Message


@dataclass(frozen=True, slots=True)
class Kept:
    """What came with one call, in its API's form: with the whole turn, and with the call alone."""

    turn: Any = None
    call: Any = None


def kept_with(turn: Message) -> Any:
    """What came with an assistant's turn that called tools; None where nothing did."""
    return next((call.kept.turn for call in turn.tool_calls if call.kept), None)
