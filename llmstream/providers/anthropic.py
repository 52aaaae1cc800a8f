"""Anthropic's messages API.

Its answers come in blocks, each begun, filled and ended. How questions are written is in
anthropic_form.py.
API: https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ..chunks import Chunk, Finish, Reasoning, Text, ToolCall, Usage
from ..finish_reasons import finish_reason
from .anthropic_form import question_of
from .base import Request
from .failures import Failed, Failure, Kind, failure_said
from .kept import Beside, Besides
from .listening import model_ids
from .packaged import Packaged
from .refusals import Feature
from .tool_call_pieces import new_id

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic


class Anthropic(Packaged["AsyncAnthropic"]):
    """Anthropic, or a server that speaks its API.

    `options` go into the request's body as they are.
    """

    client_class = "AsyncAnthropic"

    async def _list_models(self, client: AsyncAnthropic) -> list[str]:
        return model_ids(await client.models.with_raw_response.list(limit=1000))

    def _create(
        self, client: AsyncAnthropic, request: Request, without: frozenset[Feature]
    ) -> Callable[..., Awaitable[Any]]:
        question = question_of(request, self._settings.options, self._besides, without)
        return partial(client.messages.create, **question)

    def _reader(self) -> _Answer:
        return _Answer(self._besides)


class _Answer:
    """Reads one answer, whole or in events."""

    def __init__(self, besides: Besides) -> None:
        self._besides = besides
        self._thoughts: list[dict[str, Any]] = []
        self._block: dict[str, Any] = {}
        self._pieces: list[str] = []
        self._calls: list[ToolCall] = []
        self._usage: dict[str, Any] = {}
        self._finish = ""
        self._ended = False

    def take(self, piece: Mapping[str, Any]) -> Iterator[Chunk]:
        if piece.get("error"):
            raise Failed(failure_said(piece))
        match piece.get("type"):
            case "message":
                yield from self._whole(piece)
            case "message_start":
                self._count((piece.get("message") or {}).get("usage"))
            case "content_block_start":
                yield from self._begin(piece.get("content_block") or {})
            case "content_block_delta":
                yield from self._go_on(piece.get("delta") or {})
            case "content_block_stop":
                self._end_block()
            case "message_delta":
                self._count(piece.get("usage"))
                self._finish = (piece.get("delta") or {}).get("stop_reason") or self._finish
            case "message_stop":
                self._ended = True

    def end(self) -> Iterator[Chunk]:
        if not self._ended:
            raise Failed(Failure(Kind.LOST))
        for call in self._calls:
            self._besides.keep(call, Beside(self._thoughts))
            yield call
        if self._usage:
            yield _usage(self._usage)
        yield Finish(finish_reason(self._finish or "stop"))

    def _whole(self, message: Mapping[str, Any]) -> Iterator[Chunk]:
        self._count(message.get("usage"))
        for block in message.get("content") or ():
            yield from self._begin(block)
            self._end_block()
        self._finish = message.get("stop_reason") or ""
        self._ended = True

    def _begin(self, block: Mapping[str, Any]) -> Iterator[Chunk]:
        self._block, self._pieces = dict(block), []
        yield from _said(block)

    def _go_on(self, delta: Mapping[str, Any]) -> Iterator[Chunk]:
        yield from _said(delta)
        for key in ("thinking", "signature"):
            if key in delta:
                self._block[key] = self._block.get(key, "") + delta[key]
        self._pieces.append(delta.get("partial_json") or "")

    def _end_block(self) -> None:
        block = self._block
        if block.get("type") in ("thinking", "redacted_thinking"):
            self._thoughts.append(block)
        elif block.get("type") == "tool_use":
            arguments = "".join(self._pieces) or json.dumps(block.get("input") or {})
            id = block.get("id") or new_id()
            self._calls.append(ToolCall(id, block.get("name") or "", arguments))
        self._block = {}

    def _count(self, usage: Mapping[str, Any] | None) -> None:
        known = {name: count for name, count in (usage or {}).items() if count is not None}
        self._usage |= known


def _said(part: Mapping[str, Any]) -> Iterator[Chunk]:
    if text := part.get("text"):
        yield Text(text)
    if thought := part.get("thinking"):
        yield Reasoning(thought)


def _usage(usage: dict[str, Any]) -> Usage:
    """The tokens in, cached ones too: `input_tokens` counts only those that were not cached."""
    cached = ("cache_creation_input_tokens", "cache_read_input_tokens")
    read = usage.get("input_tokens")
    if read is not None:
        read += sum(usage.get(name) or 0 for name in cached)
    details = usage.get("output_tokens_details") or {}
    return Usage(read, usage.get("output_tokens"), details.get("thinking_tokens"))
