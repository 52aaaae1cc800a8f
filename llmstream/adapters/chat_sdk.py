"""The dict shapes of Chat SDK's streams, and of the AI SDK's full stream that it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..chunks import Chunk, PlanUpdate, Reasoning, StepEnd, TaskUpdate, Text

_TEXT = ("text", "delta", "textDelta")


def chunks(item: Mapping[str, Any]) -> Iterator[Chunk]:
    """Text, tasks, plans and step ends; other types of event are dropped, as Chat SDK does."""
    match item.get("type"):
        case "markdown_text" | "text-delta" | "TEXT_MESSAGE_CONTENT":
            yield Text(_first(item, _TEXT))
        case "reasoning-delta" | "reasoning":
            yield Reasoning(_first(item, _TEXT))
        case "finish-step" | "TEXT_MESSAGE_END":
            yield StepEnd()
        case "plan_update":
            yield PlanUpdate(str(item.get("title", "")))
        case "task_update":
            yield TaskUpdate(
                id=str(item["id"]),
                title=str(item.get("title", "")),
                status=item.get("status", "in_progress"),
                details=item.get("details"),
                output=item.get("output"),
            )


def _first(item: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((str(item[key]) for key in keys if item.get(key) is not None), "")
