"""Events of pydantic-ai:

what `agent.run_stream_events()` and an agent's event stream handler see.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..chunks import Chunk, Finish, Reasoning, StepEnd, TaskUpdate, Text, Usage

_SHOWN = 300  # characters of a tool's arguments or result


def chunks(event: Any) -> Iterator[Chunk]:
    """Text, thinking, and a task for every tool call. A new part of the answer is a new step."""
    match event.event_kind:
        case "part_start":
            yield StepEnd()
            yield from _words(event.part, event.part.part_kind, "content")
        case "part_delta":
            yield from _words(event.delta, event.delta.part_delta_kind, "content_delta")
        case "function_tool_call":
            call = event.part
            yield TaskUpdate(
                call.tool_call_id, call.tool_name, details=_code(str(call.args or ""))
            )
        case "function_tool_result":
            result = event.part
            failed = result.part_kind == "retry-prompt"
            yield TaskUpdate(
                result.tool_call_id,
                result.tool_name or "",
                "error" if failed else "complete",
                output=_code(str(result.content)),
            )
        case "agent_run_result":
            usage = event.result.usage
            usage = usage() if callable(usage) else usage
            yield Usage(usage.input_tokens, usage.output_tokens)
            yield Finish()


def _words(part: Any, kind: str, attribute: str) -> Iterator[Chunk]:
    words = getattr(part, attribute, None)
    if words and kind == "text":
        yield Text(words)
    elif words and kind == "thinking":
        yield Reasoning(words)


def _code(text: str) -> str:
    line = " ".join(text.split()).replace("`", "'")
    return f"`{line[:_SHOWN]}{'…' if len(line) > _SHOWN else ''}`" if line else ""
