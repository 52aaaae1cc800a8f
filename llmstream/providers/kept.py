"""What a model sent besides its tool calls, and wants back with their results.

Claude's signed thoughts, DeepSeek's reasoning, Gemini's signature of a call: without them the next
step is refused. A conversation between a room and a model has no place for them, so each provider
remembers its own, by the ids of the calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..chunks import ToolCall
from ..messages import Message

_KEPT = 500  # calls; only those of answers that are being written are still wanted


@dataclass(frozen=True, slots=True)
class Beside:
    """What came with one call, in its API's form: of the whole turn, and of the call alone."""

    turn: Any
    call: Any = None


class Besides:
    """What came with the latest calls of one provider."""

    def __init__(self) -> None:
        self._of_call: dict[str, Beside] = {}

    def keep(self, call: ToolCall, beside: Beside) -> None:
        """Remember; the oldest is forgotten for it."""
        self._of_call[call.id] = beside
        if len(self._of_call) > _KEPT:
            del self._of_call[next(iter(self._of_call))]

    def of_call(self, call: ToolCall) -> Any:
        """What came with this call alone; None where nothing did."""
        beside = self._of_call.get(call.id)
        return beside and beside.call

    def of_turn(self, turn: Message) -> Any:
        """What came with an assistant's turn that called tools; None where nothing did."""
        known = (self._of_call[call.id] for call in turn.tool_calls if call.id in self._of_call)
        beside = next(known, None)
        return beside and beside.turn
