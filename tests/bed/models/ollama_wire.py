"""Ollama's chat API: one JSON object a line.

API: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from .reply import Call, Reply
from .wire import Body, Refusal


class OllamaWire:
    prefix = "/ollama"
    asks = "/api/chat"
    models = "/api/tags"
    media_type = "application/x-ndjson"
    garbage = b"{not json\n"

    def streams(self, body: Body) -> bool:
        return bool(body.get("stream", True))

    def refusal(self, feature: str, body: Body) -> Refusal | None:
        model = body.get("model")
        if feature == "tools" and body.get("tools"):
            return 400, {"error": f"registry.ollama.ai/library/{model} does not support tools"}
        if feature == "stream" and self.streams(body):
            return 400, {"error": f"{model} does not support streaming"}
        return None

    def opening(self, body: Body, reply: Reply) -> Iterator[bytes]:
        return iter(())

    def thought(self, text: str) -> Iterator[bytes]:
        yield _line({"message": {"role": "assistant", "content": "", "thinking": text}})

    def token(self, text: str) -> Iterator[bytes]:
        yield _line({"message": {"role": "assistant", "content": text}})

    def call(self, index: int, call: Call) -> Iterator[bytes]:
        yield _line({"message": {"role": "assistant", "content": "", "tool_calls": [_call(call)]}})

    def closing(self, body: Body, reply: Reply) -> Iterator[bytes]:
        yield _line({"message": {"role": "assistant", "content": ""}, **_end(reply)})

    def error(self, message: str) -> bytes:
        return _line({"error": message})

    def whole(self, body: Body, reply: Reply) -> Body:
        message: dict[str, Any] = {"role": "assistant", "content": reply.whole_text}
        if reply.thoughts:
            message["thinking"] = reply.whole_reasoning
        if reply.calls:
            message["tool_calls"] = [_call(call) for call in reply.calls]
        return {"message": message, **_end(reply)}

    def model_list(self, names: Iterable[str]) -> Body:
        return {"models": [{"name": name, "model": name, "details": {}} for name in names]}


def _line(part: Body) -> bytes:
    return json.dumps({"model": "m", "done": False, **part}).encode() + b"\n"


def _call(call: Call) -> Body:
    return {"function": {"name": call.name, "arguments": dict(call.arguments)}}


def _end(reply: Reply) -> Body:
    # Ollama says "stop" after tool calls too.
    reason = "length" if reply.finish == "length" else "stop"
    end: dict[str, Any] = {"done": True, "done_reason": reason}
    if reply.usage:
        end |= {"prompt_eval_count": reply.usage[0], "eval_count": reply.usage[1]}
    return end
