"""The dict shapes of Chat SDK's streams, and of the AI SDK's full stream that it reads.

Chat SDK shows only the text of a full stream; here its reasoning and its tool calls are shown too.
Names: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol and `fullStream` of `streamText`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from ..chunks import Chunk, Finish, PlanUpdate, Reasoning, StepEnd, TaskUpdate, Text, Usage
from ..finish_reasons import finish_reason
from . import tool_tasks
from .sources import StreamFailed

Item: TypeAlias = Mapping[str, Any]


def chunks(item: Item) -> Iterator[Chunk]:  # noqa: C901  # a branch a kind
    """Text, reasoning, tasks, plans, step ends and the end; other types are dropped."""
    match item["type"]:
        case "markdown_text" | "text-delta" | "TEXT_MESSAGE_CONTENT":
            yield Text(_text(item, "text", "delta", "textDelta"))
        case "reasoning-delta" | "reasoning":
            yield Reasoning(_text(item, "text", "delta", "textDelta"))
        case "finish-step" | "TEXT_MESSAGE_END":
            yield StepEnd()
        case "plan_update":
            yield PlanUpdate(_text(item, "title"))
        case "task_update":
            yield _task(item)
        case "tool-call" | "tool-input-available":
            yield tool_tasks.begun(*_call(item), _first(item, "input", "args"))
        case "tool-result" | "tool-output-available":
            yield tool_tasks.ended(*_call(item), _first(item, "output", "result"), failed=False)
        case "tool-error" | "tool-output-error":
            yield tool_tasks.ended(*_call(item), _text(item, "error", "errorText"), failed=True)
        case "finish":
            yield from _end(item)
        case "error":
            raise StreamFailed(_text(item, "error", "errorText") or "the stream failed")


def _task(item: Item) -> TaskUpdate:
    details, output = item.get("details"), item.get("output")
    return TaskUpdate(
        id=_text(item, "id"),
        title=_text(item, "title"),
        status=item.get("status", "in_progress"),
        details=None if details is None else str(details),
        output=None if output is None else str(output),
    )


def _call(item: Item) -> tuple[str, str]:
    return _text(item, "toolCallId"), _text(item, "toolName")


def _end(item: Item) -> Iterator[Chunk]:
    usage = _first(item, "totalUsage", "usage") or {}
    yield Usage(
        _first(usage, "inputTokens", "promptTokens"),
        _first(usage, "outputTokens", "completionTokens"),
        usage.get("reasoningTokens"),
    )
    said = _text(item, "finishReason")  # "unknown" is what the AI SDK says where none was said
    yield Finish(finish_reason("stop" if said in ("", "unknown") else said.replace("-", "_")))


def _text(item: Item, *keys: str) -> str:
    value = _first(item, *keys)
    return "" if value is None else str(value)


def _first(item: Item, *keys: str) -> Any:
    """The value of the first of these keys that has one."""
    return next((item[key] for key in keys if item.get(key) is not None), None)
