"""Anthropic's messages API.

Its answers come in blocks, each begun, filled and ended. How questions are written is in
anthropic_form.py.
API: https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..chunks import Chunk, Finish, Reasoning, StepEnd, TaskUpdate, Text, ToolCall, Usage
from ..finish_reasons import finish_reason
from ..shapes import count, mapping, mappings, text, word
from .anthropic_form import question_of, tokens_for
from .base import Request
from .bounds import MOST_CALLS, too_large
from .citations import Citations
from .failures import Failed, Failure, Kind
from .frames import Frame
from .kept import Kept
from .listening import Response
from .packaged import Packaged, response_of
from .refusals import Terms
from .tool_call_pieces import arguments_text, new_id, tool_name

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

_THOUGHTS = ("thinking", "redacted_thinking")


class Anthropic(Packaged["AsyncAnthropic"]):
    """Anthropic, or a server that speaks its API.

    `options` go into the request's body as they are.
    """

    client_class = "AsyncAnthropic"

    def _list(self, client: AsyncAnthropic) -> AbstractAsyncContextManager[Response]:
        return response_of(client.models.with_streaming_response.list(limit=1000))

    def _send(
        self, client: AsyncAnthropic, request: Request, terms: Terms
    ) -> AbstractAsyncContextManager[Response]:
        question = question_of(request, self._settings.options, terms)
        create: Any = client.messages.with_streaming_response.create
        return response_of(create(**question, stream=request.stream))

    def _tokens_sent(self, request: Request, terms: Terms) -> int:
        return terms.tokens(tokens_for(request, self._settings.options))

    def reader(self) -> _Answer:
        return _Answer()


class _Answer:
    """Reads one answer, whole or in events."""

    def __init__(self) -> None:
        self._citations = Citations()
        self._thoughts: list[dict[str, Any]] = []
        self._block: dict[str, Any] = {}
        self._arguments: list[str] = []
        self._calls: list[ToolCall] = []
        self._usage: dict[str, Any] = {}
        self._finish = ""
        self._known = False
        self._stopped = False

    @property
    def ended(self) -> bool:
        return self._stopped or bool(self._finish)

    def take(self, piece: Frame) -> Iterator[Chunk]:
        kind = word(piece.get("type"))
        self._known = self._known or kind.startswith(("message", "content_block"))
        match kind:
            case "message":
                yield from self._whole(piece)
            case "message_start":
                self._count(mapping(piece.get("message")).get("usage"))
            case "content_block_start":
                self._end_block()
                yield from self._begin(mapping(piece.get("content_block")))
            case "content_block_delta":
                yield from self._go_on(mapping(piece.get("delta")))
            case "content_block_stop":
                self._end_block()
            case "message_delta":
                self._count(piece.get("usage"))
                delta = mapping(piece.get("delta"))
                self._finish = word(delta.get("stop_reason")) or self._finish
            case "message_stop":
                self._stopped = True

    def end(self) -> Iterator[Chunk]:
        if not self._known:
            raise Failed(Failure(Kind.FOREIGN))
        if not self.ended:
            raise Failed(Failure(Kind.LOST))
        self._end_block()
        if cited := self._citations.text():
            yield Text(cited)
        for call in self._calls:
            yield replace(call, kept=Kept(self._thoughts))
        if (usage := _usage(self._usage)) != Usage():
            yield usage
        reason = finish_reason(self._finish or "stop")
        yield Finish("tool_calls" if self._calls and reason == "stop" else reason)

    def _whole(self, message: Mapping[str, Any]) -> Iterator[Chunk]:
        self._count(message.get("usage"))
        content = message.get("content")
        alone = isinstance(content, str)
        for block in mappings([{"type": "text", "text": content}] if alone else content):
            yield from self._begin(block)
            self._end_block()
        self._finish = word(message.get("stop_reason"))
        self._stopped = True

    def _begin(self, block: Mapping[str, Any]) -> Iterator[Chunk]:
        self._block, self._arguments = dict(block), []
        yield from _said(block)
        yield from _own_tool(block)
        for source in mappings(block.get("citations")):
            self._citations.add(source)

    def _go_on(self, delta: Mapping[str, Any]) -> Iterator[Chunk]:
        yield from _said(delta)
        if cited := mapping(delta.get("citation")):
            self._citations.add(cited)
        for key in ("thinking", "signature"):
            if key in delta:
                self._block[key] = text(self._block.get(key)) + text(delta[key])
        self._arguments.append(text(delta.get("partial_json")))

    def _end_block(self) -> None:
        block, self._block = self._block, {}
        if block.get("type") in _THOUGHTS:
            self._thoughts.append(block)
        elif block.get("type") == "tool_use" and (name := tool_name(block.get("name"))):
            pieces: list[Any] = [piece for piece in self._arguments if piece]
            arguments = arguments_text(pieces or [block.get("input")])
            ids = {call.id for call in self._calls}
            id = word(block.get("id"))
            self._calls.append(ToolCall(new_id() if id in ids | {""} else id, name, arguments))
            if len(self._calls) > MOST_CALLS:
                raise too_large()

    def _count(self, usage: Any) -> None:
        self._usage |= {name: value for name, value in mapping(usage).items() if value is not None}


def _said(part: Mapping[str, Any]) -> Iterator[Chunk]:
    if said := text(part.get("text")):
        yield Text(said)
    if thought := text(part.get("thinking")):
        yield Reasoning(thought)


def _own_tool(block: Mapping[str, Any]) -> Iterator[Chunk]:
    """A tool that Anthropic runs itself, as a task."""
    kind = word(block.get("type"))
    if kind == "server_tool_use":
        yield StepEnd()
        yield TaskUpdate(
            word(block.get("id")) or kind, tool_name(block.get("name")).replace("_", " ")
        )
    elif kind.endswith("_tool_result") and (id := word(block.get("tool_use_id"))):
        failed = word(mapping(block.get("content")).get("type")).endswith("_error")
        yield TaskUpdate(id, "", "error" if failed else "complete")


def _usage(usage: Mapping[str, Any]) -> Usage:
    """The tokens in, cached ones too: `input_tokens` counts only those that were not cached."""
    cache_read = count(usage.get("cache_read_input_tokens"))
    cache_write = count(usage.get("cache_creation_input_tokens"))
    read = count(usage.get("input_tokens"))
    if read is not None:
        read += (cache_read or 0) + (cache_write or 0)
    return Usage(
        read,
        count(usage.get("output_tokens")),
        count(mapping(usage.get("output_tokens_details")).get("thinking_tokens")),
        cache_read,
        cache_write,
    )
