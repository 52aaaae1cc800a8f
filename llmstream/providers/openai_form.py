"""How a question is written for OpenAI's chat completions. Pure; openai.py sends it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from ..chunks import ToolCall
from ..messages import Message, Tool
from ..shapes import count
from .adapting import own_tools
from .base import Request
from .kept import kept_with
from .refusals import Feature, Terms


def body_of(request: Request, options: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    """The request's body, but for model and `stream`. What it says goes before `options`."""
    body = dict(options)
    thoughts = Feature.REASONING not in terms.without
    body["messages"] = [_message(message, thoughts) for message in request.messages]
    if request.tools:
        body["tools"] = [*own_tools(options), *map(_tool, request.tools)]
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.max_tokens:
        body["max_tokens"] = request.max_tokens
    if request.stream:
        body.setdefault("stream_options", {"include_usage": True})
    return _left_out(body, terms)


def _left_out(body: dict[str, Any], terms: Terms) -> dict[str, Any]:
    without = terms.without
    for name in ("max_tokens", "max_completion_tokens"):
        if tokens := count(body.get(name)):
            body[name] = terms.tokens(tokens)
    if Feature.STREAM_OPTIONS in without:
        body.pop("stream_options", None)
    if Feature.TEMPERATURE in without:
        body.pop("temperature", None)
    if Feature.MAX_TOKENS in without and "max_tokens" in body:
        body["max_completion_tokens"] = body.pop("max_tokens")
    return body


def _message(message: Message, thoughts: bool) -> dict[str, Any]:
    if message.role == "tool":
        return {
            "role": "tool",
            "tool_call_id": message.tool_call_id,
            "content": message.text,
        }
    written: dict[str, Any] = {"role": message.role, "content": _content(message)}
    if message.tool_calls:
        written["content"] = message.text or None
        written["tool_calls"] = [_call(call) for call in message.tool_calls]
    return {**written, **((thoughts and kept_with(message)) or {})}


def _call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    written: dict[str, Any] = {"id": call.id, "type": "function", "function": function}
    if call.kept and call.kept.call:
        written["extra_content"] = call.kept.call
    return written


def _content(message: Message) -> str | list[dict[str, Any]]:
    """Plain text where there are no pictures: many servers take nothing else."""
    if not message.images:
        return message.text
    parts: list[dict[str, Any]] = []
    if message.text:
        parts.append({"type": "text", "text": message.text})
    for image in message.images:
        url = f"data:{image.media_type};base64,{b64encode(image.content).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return parts


def _tool(tool: Tool) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
    }
    return {"type": "function", "function": function}
