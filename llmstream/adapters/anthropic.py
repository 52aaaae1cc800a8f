"""Events of the `anthropic` package: raw ones, which its `stream()` helper hands out too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..chunks import Chunk, Finish, Reasoning, StepEnd, TaskUpdate, Text, Usage
from ..finish_reasons import finish_reason


def chunks(event: Any) -> Iterator[Chunk]:
    """Text, thinking, the server's own tools, usage and the end.

    The helper's own `text` events repeat the deltas: dropped.
    """
    match event.type:
        case "message_start":
            yield Usage(input=_read(event.message.usage))
        case "content_block_start" if "tool" in event.content_block.type:
            # Text goes on in several blocks without a break (citations), but not around a tool.
            yield StepEnd()
            yield from _tool(event.content_block)
        case "content_block_delta" if event.delta.type == "text_delta":
            yield Text(event.delta.text)
        case "content_block_delta" if event.delta.type == "thinking_delta":
            yield Reasoning(event.delta.thinking)
        case "message_delta":
            details = getattr(event.usage, "output_tokens_details", None)
            thinking = getattr(details, "thinking_tokens", None)
            yield Usage(output=event.usage.output_tokens, reasoning=thinking)
            if reason := event.delta.stop_reason:
                yield Finish(finish_reason(reason))


def _tool(block: Any) -> Iterator[Chunk]:
    """A tool that Anthropic runs itself; `tool_use` is for the caller to run."""
    if block.type == "server_tool_use":
        yield TaskUpdate(block.id, block.name.replace("_", " "))
    elif block.type.endswith("_tool_result"):
        failed = str(getattr(block.content, "type", "")).endswith("_error")
        yield TaskUpdate(block.tool_use_id, "", "error" if failed else "complete")


def _read(usage: Any) -> int:
    """The tokens in, cached ones too: `input_tokens` counts only those that were not cached."""
    cached = (usage.cache_creation_input_tokens, usage.cache_read_input_tokens)
    return int(usage.input_tokens + sum(count or 0 for count in cached))
