"""Events of pydantic-ai: what `agent.run_stream_events()` and an agent's event stream handler see.

And what `agent.run_stream()` hands out, which shows its text only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from inspect import isasyncgenfunction
from typing import Any

from ..chunks import Chunk, Finish, Reasoning, StepEnd, Text, Usage
from . import tool_tasks


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
            yield tool_tasks.begun(call.tool_call_id, call.tool_name, call.args)
        case "function_tool_result":
            result = event.part
            retry = result.part_kind == "retry-prompt"
            failed = retry or getattr(result, "outcome", "success") != "success"
            name = result.tool_name or ""
            yield tool_tasks.ended(result.tool_call_id, name, result.content, failed=failed)
        case "agent_run_result":
            yield _usage(event.result)
            yield Finish()


def is_run(stream: Any) -> bool:
    """Whether this is what `async with agent.run_stream(...) as run` gives."""
    kind = type(stream)
    ours = kind.__module__.partition(".")[0] == "pydantic_ai"
    return ours and isasyncgenfunction(getattr(kind, "stream_text", None))


async def deltas(run: Any) -> AsyncIterator[str | Chunk]:
    """The text of such a run as it comes, and what it cost."""
    async for text in run.stream_text(delta=True, debounce_by=None):
        yield text
    yield _usage(run)
    yield Finish()


def _usage(run: Any) -> Usage:
    # A method before pydantic-ai 2; since then a property, whose value warns when it is called.
    usage = run.usage if hasattr(run.usage, "input_tokens") else run.usage()
    return Usage(usage.input_tokens, usage.output_tokens)


def _words(part: Any, kind: str, attribute: str) -> Iterator[Chunk]:
    words = getattr(part, attribute, None)
    if words and kind == "text":
        yield Text(words)
    elif words and kind == "thinking":
        yield Reasoning(words)
