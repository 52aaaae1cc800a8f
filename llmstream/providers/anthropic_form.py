"""How a question is written for Anthropic. It sends nothing; anthropic.py does.

API: https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from ..messages import Message, Tool
from ..shapes import count
from .adapting import own_tools
from .base import Request
from .kept import kept_with
from .refusals import Feature, Terms
from .tool_call_pieces import arguments_of

_MAX_TOKENS = 16_000
"""Asked for where nobody chose: the API wants a number.

Today's models can write at least so much.
"""


def question_of(request: Request, options: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    """The arguments of the package's `messages.create`, but for `stream`."""
    more = dict(options)
    question: dict[str, Any] = {
        "model": request.model,
        "max_tokens": terms.tokens(tokens_for(request, options)),
        "messages": _turns(request.messages),
    }
    more.pop("max_tokens", None)
    if system := "\n\n".join(m.text for m in request.messages if m.role == "system" and m.text):
        question["system"] = system
    if request.tools:
        more["tools"] = [*own_tools(options), *map(_tool, request.tools)]
    elif called := {call.name for message in request.messages for call in message.tool_calls}:
        # The API wants what was called to be declared, also where no more may be called.
        declared = [_tool(Tool(name, "", {"type": "object"})) for name in sorted(called)]
        more["tools"] = [*own_tools(options), *declared]
        question["tool_choice"] = {"type": "none"}
    if request.temperature is not None:
        more["temperature"] = request.temperature
    if Feature.TEMPERATURE in terms.without:
        more.pop("temperature", None)
    return {**question, "extra_body": more}


def tokens_for(request: Request, options: Mapping[str, Any]) -> int:
    """How long the answer may be: as the room or the admin says, or by default."""
    return request.max_tokens or count(options.get("max_tokens")) or _default_length(options)


def _default_length(options: Mapping[str, Any]) -> int:
    """Room for the answer, besides what the model may think (which counts)."""
    thinking = options.get("thinking")
    budget = thinking.get("budget_tokens") if isinstance(thinking, Mapping) else 0
    return _MAX_TOKENS + (count(budget) or 0)


def _turns(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The conversation as turns of user and assistant, of which a user's must be the first."""
    spoken = [message for message in messages if message.role != "system"]
    turns: list[dict[str, Any]] = []
    for speaker, said in groupby(spoken, lambda message: _SPEAKER[message.role]):
        content = [block for message in said for block in _blocks(message)]
        if content:
            turns.append({"role": speaker, "content": content})
    if turns and turns[0]["role"] == "assistant":
        turns.insert(0, {"role": "user", "content": [{"type": "text", "text": "…"}]})
    if turns and turns[-1]["role"] == "assistant":
        _trim(turns[-1]["content"][-1])
    return turns


_SPEAKER = {"user": "user", "tool": "user", "assistant": "assistant"}


def _blocks(message: Message) -> Iterator[dict[str, Any]]:
    if message.role == "tool":
        result = {"type": "tool_result", "tool_use_id": message.tool_call_id}
        yield {**result, "content": message.text or "(nothing)"}
        return
    yield from kept_with(message) or ()  # the thoughts before its calls, signed
    for image in message.images:
        data = b64encode(image.content).decode()
        source = {"type": "base64", "media_type": image.media_type, "data": data}
        yield {"type": "image", "source": source}
    if message.text.strip():  # an empty text is refused
        yield {"type": "text", "text": message.text}
    for call in message.tool_calls:
        arguments = arguments_of(call)
        yield {"type": "tool_use", "id": call.id, "name": call.name, "input": arguments}


def _trim(block: dict[str, Any]) -> None:
    """A last turn that the model is to go on from must not end with white space."""
    if block["type"] == "text":
        block["text"] = block["text"].rstrip()


def _tool(tool: Tool) -> dict[str, Any]:
    schema = dict(tool.parameters)
    return {"name": tool.name, "description": tool.description, "input_schema": schema}
