"""The values that flow from a room to a model: who said what, and the tools the model may call.

They know nothing of Matrix or of any provider's wire format: `matrix/reading/transcript.py` makes
them from events, each provider writes them in its own form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from .chunks import ToolCall

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as bytes, with its media type ("image/png"), for models that see."""

    media_type: str
    content: bytes = field(repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    Args:
        role: Who speaks. "tool" is the answer to the call named by `tool_call_id`.
        text: What was said; Markdown.
        images: Pictures that came with it (user turns only).
        tool_calls: The calls that this assistant turn asked for.
        tool_call_id: Which call this "tool" turn answers.
    """

    role: Role
    text: str
    images: tuple[Image, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """What a model is told of a tool. `parameters` is a JSON Schema of type object."""

    name: str
    description: str
    parameters: Mapping[str, Any]
