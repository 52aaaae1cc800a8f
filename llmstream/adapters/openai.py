"""Events of the `openai` package: chat completions (also from its `stream()`) and responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..chunks import Chunk, Finish, Reasoning, StepEnd, TaskStatus, TaskUpdate, Text, Usage
from ..finish_reasons import finish_reason
from ..shapes import count, text, words
from .sources import StreamFailed

# Tools that OpenAI runs itself; the others are for the caller to run.
_ITS_OWN_TOOLS = {
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "image_generation_call",
    "mcp_call",
}


def chunks(event: Any) -> Iterator[Chunk]:
    """Text, reasoning, usage and the end, of whichever of the two APIs."""
    if hasattr(event, "choices"):
        yield from _completion(event)
    elif event.type == "chunk":
        yield from _completion(event.chunk)
    else:
        yield from _response(event)


def _completion(chunk: Any) -> Iterator[Chunk]:
    reason = ""
    for choice in chunk.choices[:1]:
        delta = choice.delta
        # Not OpenAI's own: llama.cpp, vLLM and OpenRouter send reasoning under one of these names.
        names = ("reasoning_content", "reasoning")
        thoughts = (text(getattr(delta, name, None)) for name in names)
        if thought := next(filter(None, thoughts), ""):
            yield Reasoning(thought)
        yield from words(delta.content or delta.refusal)
        if reason := choice.finish_reason or "":
            yield Finish(finish_reason(reason))
    # Some servers count in every chunk; only the last count is the whole.
    if chunk.usage and (reason or not chunk.choices):
        usage = chunk.usage
        details = getattr(usage, "completion_tokens_details", None)
        yield Usage(
            count(usage.prompt_tokens),
            count(usage.completion_tokens),
            count(details.reasoning_tokens) if details else None,
        )


def _response(event: Any) -> Iterator[Chunk]:
    match event.type:
        case "response.output_text.delta" | "response.refusal.delta":
            yield Text(event.delta)
        case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
            yield Reasoning(event.delta)
        case "response.output_item.added":
            yield StepEnd()
            yield from _tool(event.item, over=False)
        case "response.output_item.done":
            yield from _tool(event.item, over=True)
        case "response.completed" | "response.incomplete":
            yield from _end(event.response)
        case "response.failed":
            raise StreamFailed(_message(event.response.error))
        case "error":
            raise StreamFailed(_message(event))


def _tool(item: Any, *, over: bool) -> Iterator[Chunk]:
    if item.type in _ITS_OWN_TOOLS:
        failed = getattr(item, "error", None) or getattr(item, "status", "") == "failed"
        status: TaskStatus = "in_progress" if not over else "error" if failed else "complete"
        name = item.type.removesuffix("_call").replace("_", " ")
        yield TaskUpdate(item.id, getattr(item, "name", None) or name, status)


def _end(response: Any) -> Iterator[Chunk]:
    if usage := response.usage:
        details = usage.output_tokens_details
        yield Usage(
            usage.input_tokens, usage.output_tokens, details.reasoning_tokens if details else None
        )
    incomplete = response.incomplete_details
    reason = incomplete.reason if incomplete else "stop"
    yield Finish(finish_reason(reason or "length"))


def _message(error: Any) -> str:
    return str(getattr(error, "message", None) or "the model failed and did not say why")
