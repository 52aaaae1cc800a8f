"""An answer whose model ran out of tokens, and what it said when it was asked to go on. Pure."""

from __future__ import annotations

from dataclasses import replace

from ...chunks import Usage
from ..store import Answer


def joined(answer: Answer, more: Answer) -> Answer:
    """Both as one answer: what is done to it, and kept of it, concerns all its messages."""
    event_ids = (*answer.event_ids, *more.event_ids)
    if not more.text:
        return replace(answer, event_ids=event_ids)
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
        event_ids=event_ids,
    )


def _used(answer: Answer) -> Usage:
    return Usage(answer.input_tokens, answer.output_tokens, answer.reasoning_tokens)
