"""OpenAI's responses API.

API: https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .openai_wire import OpenAIWire
from .reply import Call, Reply
from .wire import Body, Refusal, sse


class ResponsesWire:
    prefix = "/openai/v1"
    asks = "/responses"
    models = "/models"
    media_type = "text/event-stream"
    garbage = b"data: {not json\n\n"

    def streams(self, body: Body) -> bool:
        return bool(body.get("stream"))

    def refusal(self, feature: str, body: Body) -> Refusal | None:
        return OpenAIWire().refusal(feature, body)

    def opening(self, body: Body, reply: Reply) -> Iterator[bytes]:
        yield _event("created", response={"id": "resp_1", "status": "in_progress", "error": None})

    def thought(self, text: str) -> Iterator[bytes]:
        yield _event("reasoning_summary_text.delta", item_id="rs_1", delta=text)

    def token(self, text: str) -> Iterator[bytes]:
        yield _event("output_text.delta", item_id="msg_1", delta=text)

    def call(self, index: int, call: Call) -> Iterator[bytes]:
        item = _call(call)
        yield _event("output_item.added", item={**item, "arguments": ""})
        for piece in call.in_pieces():
            yield _event("function_call_arguments.delta", item_id=item["id"], delta=piece)
        yield _event("output_item.done", item=item)

    def closing(self, body: Body, reply: Reply) -> Iterator[bytes]:
        whole = self.whole(body, reply)
        for item in whole["output"]:
            if item["type"] != "function_call":
                yield _event("output_item.done", item=item)
        kind = "completed" if whole["status"] == "completed" else "incomplete"
        yield _event(kind, response=whole)

    def error(self, message: str) -> bytes:
        return sse({"type": "error", "code": "server_error", "message": message}, "error")

    def whole(self, body: Body, reply: Reply) -> Body:
        output: list[Any] = []
        if reply.thoughts:
            summary = [{"type": "summary_text", "text": reply.whole_reasoning}]
            output.append(
                {
                    "type": "reasoning",
                    "id": "rs_1",
                    "summary": summary,
                    "encrypted_content": "eA==",
                }
            )
        if reply.tokens:
            said = {"type": "output_text", "text": reply.whole_text, "annotations": []}
            output.append({"type": "message", "id": "msg_1", "content": [said]})
        output += map(_call, reply.calls)
        early = {"length": "max_output_tokens"}.get(reply.finish, reply.finish)
        complete = reply.finish == "stop"
        usage = reply.usage and {"input_tokens": reply.usage[0], "output_tokens": reply.usage[1]}
        return {
            "id": "resp_1",
            "object": "response",
            "status": "completed" if complete else "incomplete",
            "incomplete_details": None if complete else {"reason": early},
            "error": None,
            "output": output,
            "usage": usage,
        }

    def model_list(self, names: Iterable[str]) -> Body:
        return OpenAIWire().model_list(names)


def _event(name: str, **fields: Any) -> bytes:
    return sse({"type": f"response.{name}", **fields}, f"response.{name}")


def _call(call: Call) -> dict[str, Any]:
    arguments = "".join(call.in_pieces())
    return {
        "type": "function_call",
        "id": f"fc_{call.id}",
        "call_id": call.id,
        "name": call.name,
        "arguments": arguments,
        "status": "completed",
    }
