"""OpenAI's responses API: an entry of type openai with `api: responses`.

What it has and chat completions have not: OpenAI's own tools, which `options` name (`{tools:
[{type: web_search}]}`), with the pages that they cite. How questions are written is in
responses_form.py.
API: https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..chunks import Chunk, Finish, Reasoning, StepEnd, TaskUpdate, Text, ToolCall, Usage
from ..finish_reasons import finish_reason
from ..shapes import count, mapping, mappings, text, word
from .base import Request
from .bounds import MOST_CALLS, too_large
from .citations import Citations
from .failures import Failed, Failure, Kind, failure_said
from .frames import Frame
from .kept import Kept
from .listening import Response
from .openai import OpenAI
from .packaged import response_of
from .refusals import Terms
from .responses_form import body_of
from .tool_call_pieces import arguments_text, new_id, tool_name

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class OpenAIResponses(OpenAI):
    """A server that speaks this API. `options` go into the request's body as they are."""

    def _send(
        self, client: AsyncOpenAI, request: Request, terms: Terms
    ) -> AbstractAsyncContextManager[Response]:
        create: Any = client.responses.with_streaming_response.create
        body = body_of(request, self._settings.options, terms)
        return response_of(create(model=request.model, stream=request.stream, extra_body=body))

    def reader(self) -> _Answer:
        return _Answer()


class _Answer:
    """Reads one answer, whole or in events."""

    def __init__(self) -> None:
        self._citations = Citations()
        self._calls: list[ToolCall] = []
        self._thoughts: list[dict[str, Any]] = []
        self._spoken: set[str] = set()  # the items whose words have come
        self._usage: Any = None
        self._finish = ""
        self._known = False

    @property
    def ended(self) -> bool:
        return bool(self._finish)

    def take(self, piece: Frame) -> Iterator[Chunk]:
        kind = word(piece.get("type"))
        self._known = self._known or kind.startswith("response.") or "output" in piece
        match kind.removeprefix("response."):
            case "output_text.delta" | "refusal.delta":
                self._spoken.add(word(piece.get("item_id")))
                yield Text(text(piece.get("delta")))
            case "reasoning_summary_text.delta" | "reasoning_text.delta":
                self._spoken.add(word(piece.get("item_id")))
                yield Reasoning(text(piece.get("delta")))
            case "output_text.annotation.added":
                self._citations.add(mapping(piece.get("annotation")))
            case "output_item.added":
                yield from _begun(mapping(piece.get("item")))
            case "output_item.done":
                yield from self._item(mapping(piece.get("item")))
            case "completed" | "incomplete" | "failed" | "cancelled":
                self._end(mapping(piece.get("response")))
            case _ if "output" in piece:
                for item in mappings(piece.get("output")):
                    yield from self._item(item)
                self._end(piece)

    def end(self) -> Iterator[Chunk]:
        if not self._known:
            raise Failed(Failure(Kind.FOREIGN))
        if not self.ended:
            raise Failed(Failure(Kind.LOST))
        if cited := self._citations.text():
            yield Text(cited)
        for call in self._calls:
            yield replace(call, kept=Kept(self._thoughts))
        if (usage := _usage(self._usage)) != Usage():
            yield usage
        reason = finish_reason(self._finish)
        yield Finish("tool_calls" if self._calls and reason == "stop" else reason)

    def _item(self, item: Mapping[str, Any]) -> Iterator[Chunk]:
        """One whole item of the output; of a message that was streamed only what is new."""
        kind, id = word(item.get("type")), word(item.get("id"))
        if kind == "message":
            for part in mappings(item.get("content")):
                if id not in self._spoken:
                    yield Text(text(part.get("text")) or text(part.get("refusal")))
                self._citations.add_all(part)
        elif kind == "reasoning":
            if id not in self._spoken:
                yield Reasoning(text(item.get("summary")) or text(item.get("content")))
            self._thoughts.append({name: item[name] for name in item if name != "status"})
        elif kind == "function_call":
            self._call(item)
        elif kind.endswith("_call"):
            failed = item.get("error") or item.get("status") == "failed"
            yield TaskUpdate(id or kind, _title(item), "error" if failed else "complete")

    def _call(self, item: Mapping[str, Any]) -> None:
        name, id = tool_name(item.get("name")), word(item.get("call_id"))
        if not name:
            return
        taken = {call.id for call in self._calls} | {""}
        arguments = arguments_text([item.get("arguments")])
        self._calls.append(ToolCall(new_id() if id in taken else id, name, arguments))
        if len(self._calls) > MOST_CALLS:
            raise too_large()

    def _end(self, response: Mapping[str, Any]) -> None:
        self._usage = response.get("usage")
        status = word(response.get("status"))
        if response.get("error") or status == "failed":
            raise Failed(failure_said(response))
        why = word(mapping(response.get("incomplete_details")).get("reason"))
        self._finish = why or (status if status not in ("completed", "") else "stop")


def _begun(item: Mapping[str, Any]) -> Iterator[Chunk]:
    kind = word(item.get("type"))
    if kind.endswith("_call") and kind != "function_call":  # one that OpenAI makes itself
        yield StepEnd()
        yield TaskUpdate(word(item.get("id")) or kind, _title(item))


def _title(item: Mapping[str, Any]) -> str:
    kind = word(item.get("type")).removesuffix("_call").replace("_", " ")
    return tool_name(item.get("name")) or kind


def _usage(usage: Any) -> Usage:
    counted = mapping(usage)
    details = mapping(counted.get("output_tokens_details"))
    return Usage(
        count(counted.get("input_tokens")),
        count(counted.get("output_tokens")),
        count(details.get("reasoning_tokens")),
        count(mapping(counted.get("input_tokens_details")).get("cached_tokens")),
    )
