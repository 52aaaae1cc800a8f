"""Tool calls and their results, over all three wire formats."""

from __future__ import annotations

import json

import pytest

from llmstream.chunks import Finish, Text, ToolCall
from llmstream.messages import Message, Tool
from llmstream.providers import Request
from llmstream.providers.errors import Refused, ToolsUnsupported
from tests.bed.models import Call, ModelServer, Reply

from .conftest import Connect, answer, ask, said

SCHEMA = {
    "type": "object",
    "properties": {
        "place": {"anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}]},
        "when": {"type": "object", "properties": {"day": {"type": "integer"}}},
    },
    "required": ["place"],
    "additionalProperties": False,
}
WEATHER = Tool("weather", "How the weather is.", SCHEMA)
CALLS = (
    Call("weather", {"place": "Köln", "when": {"day": 3}}, "call_a", pieces=5),
    Call("weather", {"place": "Bonn"}, "call_b"),
)


async def test_several_calls_in_pieces_arrive_whole_before_the_finish(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply("Let me look.", calls=CALLS))
    chunks = await answer(provider(api), ask(tools=[WEATHER]))
    calls = [chunk for chunk in chunks if isinstance(chunk, ToolCall)]
    assert said(chunks, Text) == "Let me look."
    assert [call.name for call in calls] == ["weather", "weather"]
    assert [json.loads(call.arguments) for call in calls] == [dict(c.arguments) for c in CALLS]
    assert len({call.id for call in calls}) == 2
    assert chunks[-1] == Finish("tool_calls")


async def test_calls_come_in_an_answer_asked_for_at_once_too(
    models: ModelServer, provider: Connect, api: str
):
    models.script(Reply("", calls=CALLS))
    chunks = await answer(provider(api), ask(tools=[WEATHER], stream=False))
    calls = [chunk for chunk in chunks if isinstance(chunk, ToolCall)]
    assert [json.loads(call.arguments) for call in calls] == [dict(c.arguments) for c in CALLS]
    assert chunks[-1] == Finish("tool_calls")


async def test_the_model_is_told_the_whole_schema_of_a_tool(
    models: ModelServer, provider: Connect, api: str
):
    await answer(provider(api), ask(tools=[WEATHER]))
    (tool,) = models.requests[0].body["tools"]
    told = tool if api == "anthropic" else tool["function"]
    assert told["name"] == "weather"
    assert told["input_schema" if api == "anthropic" else "parameters"] == SCHEMA


async def test_results_go_back_to_the_calls_they_answer(
    models: ModelServer, provider: Connect, api: str
):
    await answer(provider(api), Request(_second_step(), tools=[WEATHER]))
    sent = models.requests[0].body["messages"][1:]
    arguments = {"place": "Köln"}
    calls = [("a", arguments), ("b", {})]
    assert (
        sent
        == {
            "openai": [
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": id,
                            "type": "function",
                            "function": {"name": "weather", "arguments": written},
                        }
                        for id, written in (("a", '{"place": "Köln"}'), ("b", "{}"))
                    ],
                },
                {"role": "tool", "tool_call_id": "a", "content": "rain"},
                {"role": "tool", "tool_call_id": "b", "content": "sun"},
            ],
            "ollama": [
                {
                    "role": "assistant",
                    "tool_calls": [
                        {"function": {"name": "weather", "arguments": given}} for _, given in calls
                    ],
                },
                {"role": "tool", "content": "rain", "tool_name": "weather"},
                {"role": "tool", "content": "sun", "tool_name": "weather"},
            ],
            "anthropic": [
                {
                    "role": "assistant",
                    "content": [
                        {"type": "tool_use", "id": id, "name": "weather", "input": given}
                        for id, given in calls
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": "a", "content": "rain"},
                        {"type": "tool_result", "tool_use_id": "b", "content": "sun"},
                    ],
                },
            ],
        }[api]
    )


def _second_step() -> list[Message]:
    calls = (ToolCall("a", "weather", '{"place": "Köln"}'), ToolCall("b", "weather", "{}"))
    return [
        Message("user", "How is the weather?"),
        Message("assistant", "", tool_calls=(calls[0], calls[1])),
        Message("tool", "rain", tool_call_id="a"),
        Message("tool", "sun", tool_call_id="b"),
    ]


async def test_claude_gets_its_thoughts_back_with_the_results(
    models: ModelServer, provider: Connect
):
    connected = provider("anthropic")
    models.script(Reply("", reasoning="Look it up.", calls=CALLS[:1]))
    chunks = await answer(connected, ask(tools=[WEATHER]))
    (call,) = (chunk for chunk in chunks if isinstance(chunk, ToolCall))
    turns = [
        Message("user", "How is the weather?"),
        Message("assistant", "", tool_calls=(call,)),
        Message("tool", "rain", tool_call_id=call.id),
    ]
    await answer(connected, Request(turns, tools=[WEATHER]))
    thought, use = models.requests[1].body["messages"][1]["content"]
    assert thought["type"] == "thinking"
    assert thought["thinking"] == "Look it up."
    assert thought["signature"]
    assert use["type"] == "tool_use"


async def test_a_model_without_tools_says_so_before_any_output(
    models: ModelServer, provider: Connect, api: str
):
    models.refuses = {"tools"}
    connected = provider(api)
    with pytest.raises(ToolsUnsupported, match="`small` on work cannot use tools"):
        await answer(connected, ask(tools=[WEATHER]))
    assert said(await answer(connected), Text) == "Hello from the model."


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (500, "tools param requires --jinja flag"),
        (404, "No endpoints found that support tool use. To learn more, visit https://x.y"),
        (400, "Unsupported parameter: 'tools' is not supported with this model."),
        (400, "Function calling is not enabled for models/gemma-3"),
    ],
)
async def test_the_words_of_other_servers_without_tools_are_known(
    models: ModelServer, provider: Connect, status: int, message: str
):
    models.script(Reply(status=status, body={"error": {"message": message}}))
    with pytest.raises(ToolsUnsupported):
        await answer(provider("openai"), ask(tools=[WEATHER]))


async def test_without_tools_in_the_question_they_are_not_to_blame(
    models: ModelServer, provider: Connect
):
    models.script(Reply(status=400, body={"error": {"message": "This tool is not available"}}))
    with pytest.raises(Refused):
        await answer(provider("openai"))


async def test_a_tool_with_a_bad_schema_is_not_a_model_without_tools(
    models: ModelServer, provider: Connect
):
    message = "Invalid schema for function 'weather': 'oneOf' is not permitted."
    models.script(Reply(status=400, body={"error": {"message": message}}))
    clock = Tool("clock", "What time it is.", {"type": "object", "properties": {}})
    chunks = await answer(provider("openai"), ask(tools=[WEATHER, clock]))
    assert said(chunks, Text) == "Hello from the model."
    (left,) = models.requests[-1].body["tools"]
    assert left["function"]["name"] == "clock"
