"""Events of the `openai` package:

chat completions (also through its `stream()` helper) and responses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..chunks import Chunk, Finish, Reasoning, Text, Usage


def chunks(event: Any) -> Iterator[Chunk]:
    """Text, reasoning, usage and the end, of whichever of the two APIs."""
    if hasattr(event, "choices"):
        yield from _completion(event)
    elif event.type == "chunk":
        yield from _completion(event.chunk)
    else:
        yield from _response(event)


def _completion(chunk: Any) -> Iterator[Chunk]:
    for choice in chunk.choices[:1]:
        delta = choice.delta
        # Not OpenAI's own: llama.cpp, vLLM and OpenRouter send reasoning under one of these names.
        thought = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
        if thought:
            yield Reasoning(thought)
        if delta.content:
            yield Text(delta.content)
        if choice.finish_reason:
            yield Finish(choice.finish_reason)
    if chunk.usage:
        details = chunk.usage.completion_tokens_details
        yield Usage(
            chunk.usage.prompt_tokens,
            chunk.usage.completion_tokens,
            details.reasoning_tokens if details else None,
        )


def _response(event: Any) -> Iterator[Chunk]:
    match event.type:
        case "response.output_text.delta":
            yield Text(event.delta)
        case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
            yield Reasoning(event.delta)
        case "response.completed" | "response.incomplete":
            if usage := event.response.usage:
                details = usage.output_tokens_details
                yield Usage(
                    usage.input_tokens,
                    usage.output_tokens,
                    details.reasoning_tokens if details else None,
                )
            yield Finish("stop" if event.type == "response.completed" else "length")
