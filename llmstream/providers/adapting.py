"""A question as a model takes it: what its earlier refusals have taught is left out or put
otherwise, before any provider writes it in its own form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..messages import Message, Tool
from ..well_formed import well_formed
from .base import Request
from .pictures import last_pictures, unseen
from .refusals import Feature, Terms
from .schemas import accepted, simplest


def adapted(request: Request, terms: Terms) -> Request:
    """The same question on these terms."""
    messages: Sequence[Message] = request.messages
    if Feature.PICTURES in terms.without:
        messages = unseen(messages)
    if terms.most_pictures is not None:
        messages = last_pictures(messages, terms.most_pictures)
    if Feature.SYSTEM in terms.without:
        messages = without_system(messages)
    if Feature.TURNS in terms.without:
        messages = alternating(messages)
    schema = simplest if Feature.SCHEMAS in terms.without else accepted
    return replace(
        request,
        messages=[_well_formed(message) for message in messages if not _is_empty(message)],
        tools=[
            Tool(t.name, well_formed(t.description), _sendable(schema(t.parameters)))
            for t in terms.tools(request)
        ],
        max_tokens=terms.tokens(request.max_tokens),
        stream=request.stream and Feature.STREAM not in terms.without,
    )


def own_tools(options: Mapping[str, Any]) -> list[Any]:
    """Tools that a provider runs itself (a search of the web), which the admin names in `options`:
    they stand beside those of a question, which would else take their place.
    """
    tools = options.get("tools")
    return list(tools) if isinstance(tools, list | tuple) else []


def alternating(messages: Sequence[Message]) -> list[Message]:
    """Turns of user and assistant in turn, after the system's: neighbours are one turn."""
    turns: list[Message] = []
    for message in messages:
        last = turns[-1] if turns else None
        if last and message.role == "assistant" and last.role == "system":
            turns.append(Message("user", "…"))
        if last and _are_one(last, message):
            text = "\n\n".join(filter(None, [last.text, message.text]))
            turns[-1] = replace(last, text=text, images=last.images + message.images)
        else:
            turns.append(message)
    if turns and turns[0].role == "assistant":
        turns.insert(0, Message("user", "…"))
    return turns


def without_system(messages: Sequence[Message]) -> list[Message]:
    """What the system says stands before what the user first says."""
    said = "\n\n".join(m.text for m in messages if m.role == "system" and m.text)
    others = [message for message in messages if message.role != "system"]
    return alternating([Message("user", said), *others]) if said else others


def _well_formed(message: Message) -> Message:
    """A room or a tool may have said what no request can carry."""
    calls = tuple(
        replace(call, arguments=well_formed(call.arguments)) for call in message.tool_calls
    )
    return replace(message, text=well_formed(message.text), tool_calls=calls)


def _sendable(schema: dict[str, Any]) -> dict[str, Any]:
    written = json.dumps(schema, ensure_ascii=False, default=str)
    good = well_formed(written)
    return schema if good == written else json.loads(good)


def _are_one(turn: Message, following: Message) -> bool:
    calls = turn.tool_calls or following.tool_calls
    return turn.role == following.role != "tool" and not calls


def _is_empty(message: Message) -> bool:
    """Several servers refuse a turn without anything in it."""
    return message.role != "tool" and not (
        message.text.strip() or message.images or message.tool_calls
    )
