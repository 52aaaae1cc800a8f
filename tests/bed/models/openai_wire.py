"""OpenAI's chat completions, as OpenAI itself and the servers that speak it send them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .reply import Call, Reply
from .wire import Body, Refusal, sse

_REFUSALS = {
    "stream": (
        lambda body: body.get("stream"),
        "Your organization must be verified to stream this model. Please go to: "
        "https://platform.openai.com/settings/organization/general",
        "stream",
    ),
    "stream_options": (
        lambda body: "stream_options" in body,
        "Unknown parameter: 'stream_options'.",
        "stream_options",
    ),
    "tools": (
        lambda body: body.get("tools"),
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        None,
    ),
    "temperature": (
        lambda body: "temperature" in body,
        "Unsupported value: 'temperature' does not support 0.5 with this model. "
        "Only the default (1) value is supported.",
        "temperature",
    ),
    "max_tokens": (
        lambda body: "max_tokens" in body,
        "Unsupported parameter: 'max_tokens' is not supported with this model. "
        "Use 'max_completion_tokens' instead.",
        "max_tokens",
    ),
}


_CHUNK = {"id": "chatcmpl-1", "object": "chat.completion.chunk"}


class OpenAIWire:
    prefix = "/openai/v1"
    asks = "/chat/completions"
    models = "/models"
    media_type = "text/event-stream"
    garbage = b"data: {not json\n\n"

    def __init__(self, reasoning_field: str = "reasoning_content") -> None:
        self.reasoning_field = reasoning_field

    def streams(self, body: Body) -> bool:
        return bool(body.get("stream"))

    def refusal(self, feature: str, body: Body) -> Refusal | None:
        uses, message, param = _REFUSALS.get(feature, (lambda _: False, "", ""))
        if not uses(body):
            return None
        error = {"message": message, "type": "invalid_request_error", "param": param, "code": None}
        return 400, {"error": error}

    def opening(self, body: Body, reply: Reply) -> Iterator[bytes]:
        yield b": PROCESSING\n\n"  # OpenRouter sends such comments while it waits
        yield _delta({"role": "assistant", "content": None})

    def thought(self, text: str) -> Iterator[bytes]:
        yield _delta({self.reasoning_field: text})

    def token(self, text: str) -> Iterator[bytes]:
        yield _delta({"content": text})

    def call(self, index: int, call: Call) -> Iterator[bytes]:
        begun = {"index": index, "id": call.id, "type": "function"}
        function: dict[str, Any] = {"name": call.name, "arguments": ""}
        yield _delta({"tool_calls": [{**begun, "function": function}]})
        for piece in call.in_pieces():
            yield _delta({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})

    def closing(self, body: Body, reply: Reply) -> Iterator[bytes]:
        yield _delta({}, reply.ends)
        if reply.usage and (body.get("stream_options") or {}).get("include_usage"):
            yield sse({**_CHUNK, "choices": [], "usage": _usage(reply.usage)})
        yield b"data: [DONE]\n\n"

    def error(self, message: str) -> bytes:
        return sse({"error": {"message": message, "code": 502}})

    def whole(self, body: Body, reply: Reply) -> Body:
        message: dict[str, Any] = {"role": "assistant", "content": reply.whole_text}
        if reply.thoughts:
            message[self.reasoning_field] = reply.whole_reasoning
        if reply.calls:
            message["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": "".join(call.in_pieces())},
                }
                for call in reply.calls
            ]
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": reply.ends}],
            "usage": _usage(reply.usage) if reply.usage else None,
        }

    def model_list(self, names: Iterable[str]) -> Body:
        return {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}


def _delta(delta: Body, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return sse({**_CHUNK, "choices": [choice]})


def _usage(usage: tuple[int, ...]) -> Body:
    counted: dict[str, Any] = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
    if len(usage) > 2:
        counted["completion_tokens_details"] = {"reasoning_tokens": usage[2]}
    return counted
