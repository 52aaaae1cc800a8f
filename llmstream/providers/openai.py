"""OpenAI's chat completions, and what speaks them: llama.cpp, vLLM, LM Studio, OpenRouter, …

Only what all of these send is needed; what only some send is used where it is there, so answers
are read as plain dicts and not as the package's types. How questions are written is in
openai_form.py.
API: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..chunks import Chunk, Finish, Reasoning, Text, Usage
from . import Request
from .attempts import WHOLE_ANSWER, Within
from .failures import Failed, Failure, Kind, failure_said
from .openai_form import body_of
from .refusals import Feature
from .remote import CONNECT_TIMEOUT, NO_KEY, Remote, sent_whole
from .toolcalls import ToolCalls

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_FINISH = {
    "function_call": "tool_calls",
    "max_tokens": "length",
    "end_turn": "stop",
    "eos": "stop",
}


class OpenAI(Remote["AsyncOpenAI"]):
    """A server that speaks OpenAI's API. `options` go into the request's body as they are."""

    package = "openai"
    default_url = "https://api.openai.com/v1"

    def _connect(self, package: Any, headers: dict[str, str]) -> AsyncOpenAI:
        client: AsyncOpenAI = package.AsyncOpenAI(
            api_key=NO_KEY,
            base_url=self._address.url,
            default_headers=headers,
            timeout=package.Timeout(None, connect=CONNECT_TIMEOUT),
            max_retries=0,
        )
        return client

    def _with_key(self, client: AsyncOpenAI, key: str) -> AsyncOpenAI:
        return client.with_options(api_key=key)

    async def _disconnect(self, client: AsyncOpenAI) -> None:
        await client.close()

    async def _list_models(self, client: AsyncOpenAI) -> list[str]:
        return [model.id async for model in client.models.list()]

    def _answer(
        self, client: AsyncOpenAI, request: Request, without: frozenset[Feature]
    ) -> AsyncGenerator[Chunk, None]:
        body = body_of(request, self._settings.options, without)
        if not request.stream or Feature.STREAM in without:
            return _whole(client, request, body)
        return _streamed(client, request, body)


async def _whole(
    client: AsyncOpenAI, request: Request, body: dict[str, Any]
) -> AsyncGenerator[Chunk, None]:
    async with asyncio.timeout(request.idle_timeout * WHOLE_ANSWER):
        completion: Any = await client.chat.completions.create(
            model=request.model, messages=[], extra_body=body
        )
    if not hasattr(completion, "to_dict"):  # the package hands out what is no JSON as it came
        raise Failed(Failure(Kind.GARBLED))
    answer = _Answer()
    for chunk in (*answer.take(completion.to_dict(warnings=False)), *answer.end()):
        yield chunk


async def _streamed(
    client: AsyncOpenAI, request: Request, body: dict[str, Any]
) -> AsyncGenerator[Chunk, None]:
    async with asyncio.timeout(request.idle_timeout):
        stream = await client.chat.completions.create(
            model=request.model, messages=[], stream=True, extra_body=body
        )
    answer = _Answer()
    async with stream:
        async with asyncio.timeout(request.idle_timeout * WHOLE_ANSWER):
            whole = await sent_whole(stream.response)
        if whole is not None:
            for chunk in answer.take(whole):
                yield chunk
        else:
            async for event in Within(request.idle_timeout, aiter(stream)):
                for chunk in answer.take(event.to_dict(warnings=False)):
                    yield chunk
    for chunk in answer.end():
        yield chunk


class _Answer:
    """Reads one answer, whole or in pieces."""

    def __init__(self) -> None:
        self._calls = ToolCalls()
        self._usage: Usage | None = None
        self._finish = ""
        self._empty = True

    def take(self, piece: Any) -> Iterator[Chunk]:
        """What this piece says. Raises `Failed` where it is an error object."""
        if not isinstance(piece, Mapping):
            raise Failed(Failure(Kind.GARBLED))
        if piece.get("error"):
            raise Failed(failure_said(piece))
        self._usage = _usage(piece.get("usage")) or self._usage
        for choice in piece.get("choices") or ():
            self._empty = False
            said = choice.get("delta") or choice.get("message") or {}
            yield from _words(said)
            self._collect(said.get("tool_calls") or ())
            self._finish = choice.get("finish_reason") or self._finish

    def end(self) -> Iterator[Chunk]:
        """What only the whole answer says. Raises `Failed` where it is not whole."""
        if self._empty:
            raise Failed(Failure(Kind.GARBLED))
        if not self._finish and self._usage is None:
            raise Failed(Failure(Kind.LOST))
        calls = self._calls.finish()
        yield from calls
        if self._usage:
            yield self._usage
        reason = _FINISH.get(self._finish, self._finish or "stop")
        yield Finish("tool_calls" if calls and reason == "stop" else reason)

    def _collect(self, pieces: Any) -> None:
        for piece in pieces:
            function = piece.get("function") or {}
            self._calls.add(
                piece.get("index"),
                piece.get("id") or "",
                function.get("name") or "",
                function.get("arguments"),
            )


def _words(said: Mapping[str, Any]) -> Iterator[Chunk]:
    # DeepSeek, llama.cpp and older vLLM say reasoning_content; OpenRouter and newer vLLM
    # reasoning.
    reasoning = said.get("reasoning_content") or said.get("reasoning")
    if reasoning and isinstance(reasoning, str):
        yield Reasoning(reasoning)
    content = said.get("content") or said.get("refusal")
    if isinstance(content, str):
        yield Text(content)
    elif isinstance(content, list):
        yield from _parts(content)


def _parts(parts: list[Any]) -> Iterator[Chunk]:
    """Content in parts, as Mistral's reasoning models send it."""
    for part in parts:
        if part.get("type") == "thinking":
            thoughts = part.get("thinking") or ()
            yield Reasoning("".join(thought.get("text") or "" for thought in thoughts))
        elif text := part.get("text"):
            yield Text(text)


def _usage(usage: Any) -> Usage | None:
    if not isinstance(usage, Mapping):
        return None
    details = usage.get("completion_tokens_details") or {}
    return Usage(
        usage.get("prompt_tokens"),
        usage.get("completion_tokens"),
        details.get("reasoning_tokens"),
    )
