"""Anthropic's messages API.

API: https://docs.anthropic.com/en/docs/build-with-claude/streaming
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .reply import Call, Reply
from .wire import Body, Refusal, sse

_STOP = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}


class AnthropicWire:
    prefix = "/anthropic"
    asks = "/v1/messages"
    models = "/v1/models"
    media_type = "text/event-stream"
    garbage = b"event: content_block_delta\ndata: {not json\n\n"

    def __init__(self) -> None:
        self._index = -1
        self._open = ""

    def streams(self, body: Body) -> bool:
        return bool(body.get("stream"))

    def refusal(self, feature: str, body: Body) -> Refusal | None:
        messages = {
            "tools": (body.get("tools"), "tools are not supported by this model"),
            "temperature": ("temperature" in body, "`temperature` is deprecated for this model."),
            "stream": (body.get("stream"), "stream: streaming is not supported by this model"),
            "undeclared tools": (_undeclared(body), f"{_UNDECLARED} must define tools."),
        }
        used, message = messages.get(feature, (False, ""))
        return (400, _error("invalid_request_error", message)) if used else None

    def opening(self, body: Body, reply: Reply) -> Iterator[bytes]:
        message = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
        usage = {"input_tokens": reply.usage[0], "output_tokens": 1} if reply.usage else None
        yield _event("message_start", message={**message, "model": "m", "usage": usage})
        yield _event("ping")

    def thought(self, text: str) -> Iterator[bytes]:
        yield from self._block("thinking", {"type": "thinking", "thinking": "", "signature": ""})
        yield self._delta({"type": "thinking_delta", "thinking": text})

    def token(self, text: str) -> Iterator[bytes]:
        yield from self._block("text", {"type": "text", "text": ""})
        yield self._delta({"type": "text_delta", "text": text})

    def call(self, index: int, call: Call) -> Iterator[bytes]:
        yield from self._end_block()
        block = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        yield from self._block(f"call {index}", block)
        for piece in call.in_pieces():
            yield self._delta({"type": "input_json_delta", "partial_json": piece})

    def closing(self, body: Body, reply: Reply) -> Iterator[bytes]:
        yield from self._end_block()
        usage = {"output_tokens": reply.usage[1]} if reply.usage else None
        delta = {"stop_reason": _STOP.get(reply.ends, reply.ends), "stop_sequence": None}
        yield _event("message_delta", delta=delta, usage=usage)
        yield _event("message_stop")

    def error(self, message: str) -> bytes:
        return sse(_error("api_error", message), "error")

    def whole(self, body: Body, reply: Reply) -> Body:
        content: list[Any] = []
        if reply.thoughts:
            thought = reply.whole_reasoning
            content.append({"type": "thinking", "thinking": thought, "signature": SIGNATURE})
        if reply.tokens:
            content.append({"type": "text", "text": reply.whole_text})
        content += [
            {"type": "tool_use", "id": call.id, "name": call.name, "input": dict(call.arguments)}
            for call in reply.calls
        ]
        usage = reply.usage and {"input_tokens": reply.usage[0], "output_tokens": reply.usage[1]}
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": content,
            "stop_reason": _STOP.get(reply.ends, reply.ends),
            "usage": usage,
        }

    def model_list(self, names: Iterable[str]) -> Body:
        models = [{"type": "model", "id": name, "display_name": name} for name in names]
        return {"data": models, "has_more": False, "first_id": None, "last_id": None}

    def _block(self, kind: str, block: Body) -> Iterator[bytes]:
        if self._open != kind:
            yield from self._end_block()
            self._index += 1
            self._open = kind
            yield _event("content_block_start", index=self._index, content_block=block)

    def _end_block(self) -> Iterator[bytes]:
        if self._open == "thinking":
            yield self._delta({"type": "signature_delta", "signature": SIGNATURE})
        if self._open:
            yield _event("content_block_stop", index=self._index)
        self._open = ""

    def _delta(self, delta: Body) -> bytes:
        return _event("content_block_delta", index=self._index, delta=delta)


SIGNATURE = "c2lnbmVk"
"""What proves a thought to the server when it is sent back."""


def _event(name: str, **fields: Any) -> bytes:
    return sse({"type": name, **fields}, name)


def _error(kind: str, message: str) -> Body:
    return {"type": "error", "error": {"type": kind, "message": message}}


_UNDECLARED = "Requests which include `tool_use` or `tool_result` blocks"


def _undeclared(body: Body) -> bool:
    """The API always wants the tools of earlier calls, also where no more may be called."""
    blocks = [turn["content"] for turn in body["messages"] if isinstance(turn["content"], list)]
    kinds = {block["type"] for turn in blocks for block in turn}
    return not body.get("tools") and bool(kinds & {"tool_use", "tool_result"})
