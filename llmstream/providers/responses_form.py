"""How a question is written for OpenAI's responses API. Pure; responses.py sends it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from ..messages import Message, Tool
from ..shapes import count
from .adapting import own_tools
from .base import Request
from .kept import kept_with
from .refusals import Feature, Terms


def body_of(request: Request, options: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    """The request's body, but for model and `stream`. What it says goes before `options`.

    Nothing is stored at OpenAI's: what the model thought goes back with the results of its tools,
    encrypted.
    """
    thoughts = Feature.REASONING not in terms.without
    body: dict[str, Any] = {"store": False, **options}
    if thoughts:
        body.setdefault("include", ["reasoning.encrypted_content"])
    body["input"] = [item for m in request.messages for item in _items(m, thoughts)]
    if said := "\n\n".join(m.text for m in request.messages if m.role == "system" and m.text):
        body["instructions"] = said
    if request.tools:
        body["tools"] = [*own_tools(options), *map(_tool, request.tools)]
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.max_tokens:
        body["max_output_tokens"] = request.max_tokens
    if tokens := count(body.get("max_output_tokens")):
        body["max_output_tokens"] = terms.tokens(tokens)
    if Feature.TEMPERATURE in terms.without:
        body.pop("temperature", None)
    return body


def _items(message: Message, thoughts: bool) -> Iterator[dict[str, Any]]:
    match message.role:
        case "tool":
            yield {
                "type": "function_call_output",
                "call_id": message.tool_call_id,
                "output": message.text,
            }
        case "user":
            yield {"role": "user", "content": list(_content(message))}
        case "assistant":
            yield from (thoughts and kept_with(message)) or ()
            if message.text:
                yield {"role": "assistant", "content": message.text}
            for call in message.tool_calls:
                yield {
                    "type": "function_call",
                    "call_id": call.id,
                    "name": call.name,
                    "arguments": call.arguments or "{}",
                }


def _content(message: Message) -> Iterator[dict[str, Any]]:
    if message.text or not message.images:
        yield {"type": "input_text", "text": message.text}
    for image in message.images:
        data = b64encode(image.content).decode()
        yield {"type": "input_image", "image_url": f"data:{image.media_type};base64,{data}"}


def _tool(tool: Tool) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
        "strict": False,
    }
