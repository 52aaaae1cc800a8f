"""An answer whose model ran out of tokens, and what it said when it was asked to go on. Pure."""

from __future__ import annotations

from dataclasses import replace

from ..chunks import Usage
from .store import Answer


def joined(answer: Answer, more: Answer) -> Answer:
    """Both as one answer: what is done to it, and what is remembered, concerns all its parts."""
    parts = (*answer.parts, *more.parts)
    if not more.text:
        return replace(answer, parts=parts)
    both = _used(answer) + _used(more)
    costs = [one.cost for one in (answer, more) if one.cost is not None]
    return replace(
        more,
        event_id=answer.event_id,
        text=answer.text + more.text,
        created_at=answer.created_at,
        input_tokens=both.input,
        output_tokens=both.output,
        reasoning_tokens=both.reasoning,
        cost=sum(costs) if costs else None,
        parts=parts,
    )


def _used(answer: Answer) -> Usage:
    return Usage(answer.input_tokens, answer.output_tokens, answer.reasoning_tokens)
