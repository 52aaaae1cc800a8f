"""Events of the `anthropic` package:

raw ones, which its `messages.stream()` helper hands out too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..chunks import Chunk, Finish, Reasoning, Text, Usage

_REASONS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length"}


def chunks(event: Any) -> Iterator[Chunk]:
    """Text, thinking, usage and the end.

    The helper's own `text` events repeat the deltas: dropped.
    """
    match event.type:
        case "message_start":
            yield Usage(input=event.message.usage.input_tokens)
        case "content_block_delta" if event.delta.type == "text_delta":
            yield Text(event.delta.text)
        case "content_block_delta" if event.delta.type == "thinking_delta":
            yield Reasoning(event.delta.thinking)
        case "message_delta":
            yield Usage(output=event.usage.output_tokens)
            if reason := event.delta.stop_reason:
                yield Finish(_REASONS.get(reason, reason))
