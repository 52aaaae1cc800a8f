"""How a question is written for Ollama. Pure; ollama.py sends it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..messages import Message, Tool
from .base import Request
from .refusals import Feature, Terms
from .tool_call_pieces import arguments_of

# What stands beside `options` in a request; every other option is the model's.
_BESIDE = frozenset({"think", "format", "keep_alive", "logprobs", "top_logprobs"})


def body_of(request: Request, options: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    """The request's body, but for `stream`."""
    beside = {name: value for name, value in options.items() if name in _BESIDE}
    inside = {name: value for name, value in options.items() if name not in _BESIDE}
    inside |= inside.pop("options", None) or {}
    if request.temperature is not None and Feature.TEMPERATURE not in terms.without:
        inside["temperature"] = request.temperature
    if request.max_tokens:
        inside["num_predict"] = request.max_tokens
    body: dict[str, Any] = {"model": request.model, "messages": list(_messages(request.messages))}
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if inside:
        body["options"] = inside
    return {**body, **beside}


def _messages(messages: Sequence[Message]) -> Iterator[dict[str, Any]]:
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    for message in messages:
        written: dict[str, Any] = {"role": message.role}
        if message.text:
            written["content"] = message.text
        if message.images:
            written["images"] = [b64encode(image.content).decode() for image in message.images]
        if message.tool_calls:
            written["tool_calls"] = [
                {"function": {"name": call.name, "arguments": arguments_of(call)}}
                for call in message.tool_calls
            ]
        if message.role == "tool":  # Ollama has no ids: a result belongs to a name
            written["tool_name"] = names.get(message.tool_call_id, "")
        yield written


def _tool(tool: Tool) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
    }
    return {"type": "function", "function": function}
