"""Events of the `ollama` package, of chat and of generate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..chunks import Chunk, Finish, Reasoning, Text, Usage
from ..finish_reasons import finish_reason


def chunks(part: Any) -> Iterator[Chunk]:
    """Text, thinking, usage and the end."""
    message = getattr(part, "message", None)
    thinking = message.thinking if message else part.thinking
    text = message.content if message else part.response
    if thinking:
        yield Reasoning(thinking)
    if text:
        yield Text(text)
    if part.done:
        yield Usage(part.prompt_eval_count, part.eval_count)
        yield Finish(finish_reason(part.done_reason or "stop"))
