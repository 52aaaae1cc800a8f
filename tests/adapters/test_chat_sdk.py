"""Dicts in the shapes of Chat SDK and of the AI SDK."""

from __future__ import annotations

from typing import Any

import pytest

from llmstream.adapters import StreamFailed, to_chunks
from llmstream.chunks import (
    Chunk,
    Finish,
    PlanUpdate,
    Reasoning,
    StepEnd,
    TaskUpdate,
    Text,
    Usage,
)


@pytest.mark.parametrize(
    ("item", "chunks"),
    [
        ({"type": "markdown_text", "text": "**a**"}, [Text("**a**")]),
        ({"type": "text-delta", "id": "1", "text": "a"}, [Text("a")]),
        ({"type": "text-delta", "id": "1", "delta": "a"}, [Text("a")]),
        ({"type": "text-delta", "textDelta": "a"}, [Text("a")]),
        ({"type": "TEXT_MESSAGE_CONTENT", "delta": "a"}, [Text("a")]),
        ({"type": "reasoning-delta", "id": "1", "text": "a"}, [Reasoning("a")]),
        ({"type": "finish-step"}, [StepEnd()]),
        ({"type": "TEXT_MESSAGE_END"}, [StepEnd()]),
        ({"type": "plan_update", "title": "Look"}, [PlanUpdate("Look")]),
        (
            {"type": "task_update", "id": "1", "title": "Look", "status": "pending"},
            [TaskUpdate("1", "Look", "pending")],
        ),
        (
            {"type": "task_update", "id": 1, "title": "Look", "status": "error", "output": 404},
            [TaskUpdate("1", "Look", "error", output="404")],
        ),
        (
            {"type": "tool-call", "toolCallId": "1", "toolName": "look", "input": {"at": "ö"}},
            [TaskUpdate("1", "look", "in_progress", '`{"at": "ö"}`')],
        ),
        (
            {"type": "tool-result", "toolCallId": "1", "toolName": "look", "output": "3 hits"},
            [TaskUpdate("1", "look", "complete", output="`3 hits`")],
        ),
        (
            {"type": "tool-output-error", "toolCallId": "1", "errorText": "no `such` thing"},
            [TaskUpdate("1", "", "error", output="``no `such` thing``")],
        ),
        (
            {
                "type": "finish",
                "finishReason": "tool-calls",
                "totalUsage": {"inputTokens": 1, "outputTokens": 2, "reasoningTokens": 3},
            },
            [Usage(1, 2, 3), Finish("tool_calls")],
        ),
        ({"type": "finish"}, [Usage(), Finish("stop")]),
        ({"type": "text-start", "id": "1"}, []),
        ({"type": "source", "url": "https://example.org"}, []),
    ],
)
def test_a_dict_becomes_the_chunk_of_its_type(item: dict[str, Any], chunks: list[Chunk]) -> None:
    assert list(to_chunks(item)) == chunks


def test_a_result_of_megabytes_is_shown_by_its_beginning() -> None:
    item = {"type": "tool-result", "toolCallId": "1", "output": "word " * 1_000_000}
    (task,) = to_chunks(item)
    assert isinstance(task, TaskUpdate)
    assert task.output is not None
    assert len(task.output) < 130
    assert task.output.endswith("…`")


def test_an_error_event_raises_what_it_says() -> None:
    with pytest.raises(StreamFailed, match="overloaded"):
        list(to_chunks({"type": "error", "errorText": "overloaded"}))


def test_a_status_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="pending, in_progress, complete, error; not 'done'"):
        list(to_chunks({"type": "task_update", "id": "1", "title": "a", "status": "done"}))


@pytest.mark.parametrize("item", [{"choices": []}, {}, b"bytes", 7, None, object()])
def test_what_is_no_item_is_named_by_its_type(item: Any) -> None:
    with pytest.raises(TypeError, match=type(item).__qualname__):
        list(to_chunks(item))
