"""Anthropic's messages API.

Its answers come in blocks, each begun, filled and ended. How questions are written, and why some
thoughts must be sent back, is in anthropic_form.py.
API: https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ..chunks import Chunk, Finish, Reasoning, Text, ToolCall, Usage
from . import Request, Settings
from .anthropic_form import Thoughts, question_of
from .attempts import WHOLE_ANSWER, Within
from .failures import Failed, Failure, Kind, failure_said
from .refusals import Feature
from .remote import CONNECT_TIMEOUT, NO_KEY, Remote, sent_whole

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

_FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


class Anthropic(Remote["AsyncAnthropic"]):
    """Anthropic, or a server that speaks its API.

    `options` go into the request's body as they are.
    """

    package = "anthropic"
    default_url = "https://api.anthropic.com"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._thoughts = Thoughts()

    def _connect(self, package: Any, headers: dict[str, str]) -> AsyncAnthropic:
        client: AsyncAnthropic = package.AsyncAnthropic(
            api_key=NO_KEY,
            base_url=self._address.url,
            default_headers=headers,
            timeout=package.Timeout(None, connect=CONNECT_TIMEOUT),
            max_retries=0,
        )
        return client

    def _with_key(self, client: AsyncAnthropic, key: str) -> AsyncAnthropic:
        return client.with_options(api_key=key)

    async def _disconnect(self, client: AsyncAnthropic) -> None:
        await client.close()

    async def _list_models(self, client: AsyncAnthropic) -> list[str]:
        return [model.id async for model in client.models.list(limit=1000)]

    async def _answer(
        self, client: AsyncAnthropic, request: Request, without: frozenset[Feature]
    ) -> AsyncGenerator[Chunk, None]:
        question = question_of(request, self._settings.options, self._thoughts, without)
        answer = _Answer()
        at_once = not request.stream or Feature.STREAM in without
        said = (_whole if at_once else _streamed)(client, request, question, answer)
        async with aclosing(said):
            async for chunk in said:
                yield chunk
        for chunk in answer.end():
            if isinstance(chunk, ToolCall):
                self._thoughts.keep(chunk.id, answer.thoughts)
            yield chunk


async def _whole(
    client: AsyncAnthropic, request: Request, question: dict[str, Any], answer: _Answer
) -> AsyncGenerator[Chunk, None]:
    async with asyncio.timeout(request.idle_timeout * WHOLE_ANSWER):
        message: Any = await client.messages.create(**question)
    if not hasattr(message, "to_dict"):  # the package hands out what is no JSON as it came
        raise Failed(Failure(Kind.GARBLED))
    for chunk in answer.whole(message.to_dict(warnings=False)):
        yield chunk


async def _streamed(
    client: AsyncAnthropic, request: Request, question: dict[str, Any], answer: _Answer
) -> AsyncGenerator[Chunk, None]:
    async with asyncio.timeout(request.idle_timeout):
        stream = await client.messages.create(**question, stream=True)
    async with stream:
        async with asyncio.timeout(request.idle_timeout * WHOLE_ANSWER):
            whole = await sent_whole(stream.response)
        if whole is not None:
            for chunk in answer.whole(whole):
                yield chunk
        else:
            async for event in Within(request.idle_timeout, aiter(stream)):
                for chunk in answer.take(event.to_dict(warnings=False)):
                    yield chunk


class _Answer:
    """Reads one answer, whole or in pieces.

    `thoughts` are the blocks of its thinking as the server wants them back.
    """

    def __init__(self) -> None:
        self.thoughts: list[dict[str, Any]] = []
        self._block: dict[str, Any] = {}
        self._pieces: list[str] = []
        self._calls: list[ToolCall] = []
        self._usage: dict[str, Any] = {}
        self._finish = ""
        self._ended = False

    def whole(self, message: dict[str, Any]) -> Iterator[Chunk]:
        if message.get("error"):
            raise Failed(failure_said(message))
        self._count(message.get("usage"))
        for block in message.get("content") or ():
            yield from self._begin(block)
            self._end_block()
        self._finish = message.get("stop_reason") or ""
        self._ended = True

    def take(self, event: dict[str, Any]) -> Iterator[Chunk]:
        match event.get("type"):
            case "message_start":
                self._count((event.get("message") or {}).get("usage"))
            case "content_block_start":
                yield from self._begin(event["content_block"])
            case "content_block_delta":
                yield from self._go_on(event["delta"])
            case "content_block_stop":
                self._end_block()
            case "message_delta":
                self._count(event.get("usage"))
                self._finish = (event.get("delta") or {}).get("stop_reason") or self._finish
            case "message_stop":
                self._ended = True

    def end(self) -> Iterator[Chunk]:
        """What only the whole answer says. Raises `Failed` where it is not whole."""
        if not self._ended:
            raise Failed(Failure(Kind.LOST))
        yield from self._calls
        if self._usage:
            yield _usage(self._usage)
        yield Finish(_FINISH.get(self._finish, self._finish or "stop"))

    def _begin(self, block: dict[str, Any]) -> Iterator[Chunk]:
        self._block, self._pieces = dict(block), []
        yield from _said(block)

    def _go_on(self, delta: dict[str, Any]) -> Iterator[Chunk]:
        yield from _said(delta)
        for key in ("thinking", "signature"):
            if key in delta:
                self._block[key] = self._block.get(key, "") + delta[key]
        self._pieces.append(delta.get("partial_json") or "")

    def _end_block(self) -> None:
        block = self._block
        if block.get("type") in ("thinking", "redacted_thinking"):
            self.thoughts.append(block)
        elif block.get("type") == "tool_use":
            arguments = "".join(self._pieces) or json.dumps(block.get("input") or {})
            self._calls.append(ToolCall(block["id"], block["name"], arguments))
        self._block = {}

    def _count(self, usage: dict[str, Any] | None) -> None:
        known = {name: count for name, count in (usage or {}).items() if count is not None}
        self._usage |= known


def _said(part: dict[str, Any]) -> Iterator[Chunk]:
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
