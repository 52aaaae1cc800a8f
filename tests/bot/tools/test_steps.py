"""The loop of steps: what the room and the model get to see, with real servers behind tools."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import pytest

from llmstream.bot.tools import Approvals, Servers, Toolbox, run
from llmstream.bot.tools.tool import BoundTool, Result, ToolError, ours
from llmstream.chunks import (
    Chunk,
    Finish,
    Reasoning,
    StepEnd,
    TaskUpdate,
    Text,
    ToolCall,
    Usage,
)
from llmstream.document import Document
from llmstream.messages import Message, Tool
from llmstream.providers import Request
from llmstream.providers.errors import ProviderError, ToolsUnsupported

from .scripted import Scripted

ASKER = "@ann:example.org"
CALLS = Finish("tool_calls")


def question() -> Request:
    return Request([Message("user", "What is the weather?")])


def boxed(**tools: Any) -> Toolbox:
    """A toolbox of functions that take the arguments."""
    built_in = {
        name: BoundTool(Tool(name, "", {"type": "object"}), name, function)
        for name, function in tools.items()
    }
    return Toolbox(list(tools), Servers({}), built_in)


async def answer(
    provider: Scripted,
    toolbox: Toolbox,
    max_steps: int = 8,
    approve: Approvals | None = None,
    max_calls: int = 0,
) -> list[Chunk]:
    chunks = run(
        provider,
        question(),
        toolbox,
        max_steps=max_steps,
        max_calls=max_calls,
        approve=approve or Approvals(ASKER),
    )
    return [chunk async for chunk in chunks]


def tasks(chunks: list[Chunk]) -> list[TaskUpdate]:
    return [chunk for chunk in chunks if isinstance(chunk, TaskUpdate)]


def endings(chunks: list[Chunk]) -> dict[str, tuple[str, str]]:
    """How each task ended: its status and output."""
    return {task.id: (task.status, task.output or "") for task in tasks(chunks)}


async def reverse(arguments: Mapping[str, Any]) -> Result:
    return ours(str(arguments["word"])[::-1])


async def test_without_tools_it_is_the_providers_own_stream() -> None:
    said: list[Chunk | Exception] = [
        Reasoning("hm"),
        Text("It "),
        Text("rains."),
        Usage(3, 4),
        Finish("length"),
    ]
    provider = Scripted(said)
    assert await answer(provider, boxed()) == said
    assert provider.requests == [question()]


async def test_a_call_becomes_a_task_and_its_result_goes_back_to_the_model() -> None:
    provider = Scripted(
        [Text("Let me see."), ToolCall("1", "reverse", '{"word": "abc"}'), Usage(3, 4), CALLS],
        [Text("It is cba."), Usage(5, 6), Finish()],
    )
    assert await answer(provider, boxed(reverse=reverse)) == [
        Text("Let me see."),
        TaskUpdate("1", "reverse", "in_progress", "`word: abc`"),
        Usage(3, 4),
        TaskUpdate("1", "reverse", "complete", output="`cba`"),
        StepEnd(),
        Text("It is cba."),
        Usage(5, 6),
        Finish(),
    ]
    call = ToolCall("1", "reverse", '{"word": "abc"}')
    assert list(provider.requests[1].messages) == [
        *question().messages,
        Message("assistant", "Let me see.", tool_calls=(call,)),
        Message("tool", "cba", tool_call_id="1"),
    ]
    assert [tool.name for tool in provider.requests[1].tools] == ["reverse"]


async def test_texts_of_steps_are_a_paragraph_apart_and_their_tokens_add_up() -> None:
    provider = Scripted(
        [Text("One."), ToolCall("1", "reverse", '{"word": "x"}'), Usage(1, 2), CALLS],
        [Text("Two."), Usage(10, 20), Finish()],
    )
    document = Document()
    for chunk in await answer(provider, boxed(reverse=reverse)):
        document.add(chunk)
    assert document.text == "One.\n\nTwo."
    assert document.usage == Usage(11, 22)


async def test_calls_of_one_step_run_side_by_side_and_each_is_told_when_it_ends() -> None:
    slow_may_end = asyncio.Event()

    async def slow(_: Mapping[str, Any]) -> Result:
        await slow_may_end.wait()
        return ours("slow")

    async def quick(_: Mapping[str, Any]) -> Result:
        return ours("quick")

    provider = Scripted(
        [ToolCall("1", "slow", ""), ToolCall("2", "quick", "{}"), CALLS], [Text("Done."), Finish()]
    )
    toolbox = boxed(slow=slow, quick=quick)
    seen: list[Chunk] = []
    async with aclosing(
        run(provider, question(), toolbox, max_steps=8, approve=Approvals(ASKER))
    ) as chunks:
        async for chunk in chunks:
            seen.append(chunk)
            if chunk == TaskUpdate("2", "quick", "complete", output="`quick`"):
                assert not slow_may_end.is_set()
                slow_may_end.set()
    assert tasks(seen)[-1] == TaskUpdate("1", "slow", "complete", output="`slow`")
    # The model gets the results in the order of its calls.
    assert [turn.text for turn in provider.requests[1].messages[-2:]] == ["slow", "quick"]


async def test_a_task_is_there_before_its_call_has_ended() -> None:
    async def never(_: Mapping[str, Any]) -> Result:
        await asyncio.Event().wait()
        raise AssertionError

    provider = Scripted([ToolCall("1", "never", ""), CALLS])
    chunks = run(provider, question(), boxed(never=never), max_steps=8, approve=Approvals(ASKER))
    async with aclosing(chunks):
        assert await anext(chunks) == TaskUpdate("1", "never", "in_progress", "")


async def test_what_goes_wrong_is_told_to_the_model_and_marks_the_task(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails(_: Mapping[str, Any]) -> Result:
        raise ToolError("No such city.")

    async def breaks(_: Mapping[str, Any]) -> Result:
        raise RuntimeError("the secret is xyzzy")

    provider = Scripted(
        [
            ToolCall("1", "fails", ""),
            ToolCall("2", "breaks", ""),
            ToolCall("3", "no <b>such</b>", ""),
            ToolCall("4", "fails", '{"city": "Ber'),
            ToolCall("5", "fails", "[1]"),
            CALLS,
        ],
        [Finish()],
    )
    chunks = await answer(provider, boxed(fails=fails, breaks=breaks))
    expected = [
        "No such city.",
        "The tool failed; the log says why.",
        "There is no such tool.",
        "The arguments were not a JSON object.",
        "The arguments were not a JSON object.",
    ]
    assert endings(chunks) == {str(n): ("error", text) for n, text in enumerate(expected, 1)}
    turns = provider.requests[1].messages[-5:]
    assert [turn.text for turn in turns] == expected
    assert "xyzzy" in caplog.text
    assert not any("<" in task.title for task in tasks(chunks))


async def test_arguments_that_are_no_json_are_not_sent_back_as_such() -> None:
    provider = Scripted([ToolCall("1", "reverse", '{"word'), CALLS], [Finish()])
    await answer(provider, boxed(reverse=reverse))
    assert provider.requests[1].messages[-2].tool_calls == (ToolCall("1", "reverse", "{}"),)


async def test_missing_and_repeated_ids_are_made_unique() -> None:
    step = [ToolCall("", "reverse", '{"word": "a"}'), ToolCall("0", "reverse", '{"word": "b"}')]
    provider = Scripted([*step, CALLS], [*step, CALLS], [Finish()])
    chunks = await answer(provider, boxed(reverse=reverse))
    assert len(endings(chunks)) == 4
    turns = provider.requests[2].messages[1:]
    asked = [call.id for turn in turns for call in turn.tool_calls]
    assert asked == [turn.tool_call_id for turn in turns if turn.role == "tool"]
    assert len(set(asked)) == 4


async def test_at_the_limit_the_model_answers_without_tools_with_what_it_has() -> None:
    step: list[Chunk | Exception] = [ToolCall("", "reverse", '{"word": "a"}'), CALLS]
    provider = Scripted(step, step, [Text("Enough."), ToolCall("", "reverse", ""), Finish()])
    chunks = await answer(provider, boxed(reverse=reverse), max_steps=2)
    assert [bool(request.tools) for request in provider.requests] == [True, True, False]
    assert "No more tools" in provider.requests[2].messages[-1].text
    assert "Stopped using tools after 2 steps" in [task.title for task in tasks(chunks)]
    assert chunks[-2:] == [Text("Enough."), Finish()]


async def test_only_so_many_calls_are_made_in_one_step_and_all_are_told_of_the_rest() -> None:
    made = 0

    async def count(_: Mapping[str, Any]) -> Result:
        nonlocal made
        made += 1
        return ours("made")

    provider = Scripted(
        [*(ToolCall(str(number), "count", "{}") for number in range(500)), CALLS],
        [ToolCall("again", "count", "{}"), CALLS],
        [Finish()],
    )
    chunks = await answer(provider, boxed(count=count), max_calls=16)
    assert made == 17
    assert [task.title for task in tasks(chunks) if task.status == "error"] == [
        "Left out 484 more calls: at most 16 in one step"
    ]
    *before, last = provider.requests[1].messages[2:]
    assert [turn.text for turn in before] == ["made"] * 15
    assert last.text.startswith("made\n\nYou wanted 484 more calls, which were not made")
    assert len(provider.requests[1].messages[1].tool_calls) == 16
    assert "You wanted" not in provider.requests[2].messages[-1].text


async def test_a_model_that_cannot_use_tools_is_asked_without_once_and_the_room_is_told() -> None:
    provider = Scripted([ToolsUnsupported("no tools")], [Text("It rains."), Finish()])
    assert await answer(provider, boxed(reverse=reverse)) == [
        TaskUpdate("tools", "parrot cannot use tools: answered without", "error"),
        Text("It rains."),
        Finish(),
    ]
    assert [bool(request.tools) for request in provider.requests] == [True, False]


async def test_any_other_error_of_the_provider_goes_through() -> None:
    provider = Scripted([Text("It "), ProviderError("The model is gone.")])
    with pytest.raises(ProviderError, match="The model is gone"):
        await answer(provider, boxed(reverse=reverse))
