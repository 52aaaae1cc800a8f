"""OpenAI's chat completions, and what speaks them: llama.cpp, vLLM, LM Studio, OpenRouter, …

Only what all of these send is needed; what only some send is used where it is there, so answers
are read as plain dicts and not as the package's types. How questions are written is in
openai_form.py.
API: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ..chunks import Chunk, Finish, Reasoning, Text, Usage
from ..finish_reasons import finish_reason
from .base import Request
from .failures import Failed, Failure, Kind, failure_said
from .kept import Beside, Besides
from .listening import model_ids
from .openai_form import body_of
from .packaged import Packaged
from .refusals import Feature
from .tool_call_pieces import ToolCalls

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class OpenAI(Packaged["AsyncOpenAI"]):
    """A server that speaks OpenAI's API. `options` go into the request's body as they are."""

    client_class = "AsyncOpenAI"

    async def _list_models(self, client: AsyncOpenAI) -> list[str]:
        return model_ids(await client.models.with_raw_response.list())

    def _create(
        self, client: AsyncOpenAI, request: Request, without: frozenset[Feature]
    ) -> Callable[..., Awaitable[Any]]:
        body = body_of(request, self._settings.options, self._besides, without)
        return partial(
            client.chat.completions.create, model=request.model, messages=[], extra_body=body
        )

    def _reader(self) -> _Answer:
        return _Answer(self._besides)


class _Answer:
    """Reads one answer, whole or in pieces."""

    def __init__(self, besides: Besides) -> None:
        self._besides = besides
        self._calls = ToolCalls()
        self._reasoning: list[str] = []
        self._usage: Usage | None = None
        self._finish = ""
        self._empty = True

    def take(self, piece: Mapping[str, Any]) -> Iterator[Chunk]:
        if piece.get("error"):
            raise Failed(failure_said(piece))
        self._usage = _usage(piece.get("usage")) or self._usage
        for choice in map(_mapping, piece.get("choices") or ()):
            self._empty = False
            said = _mapping(choice.get("delta") or choice.get("message"))
            self._reasoning.append(said.get("reasoning_content") or "")
            yield from _words(said)
            for call in map(_mapping, said.get("tool_calls") or ()):
                self._calls.add(call)
            self._finish = choice.get("finish_reason") or self._finish

    def end(self) -> Iterator[Chunk]:
        if self._empty:
            raise Failed(Failure(Kind.GARBLED))
        if not self._finish and self._usage is None:
            raise Failed(Failure(Kind.LOST))
        calls = self._calls.finished()
        reasoning = "".join(self._reasoning)
        for call, extra in calls:
            self._besides.keep(call, Beside(reasoning, extra))
            yield call
        if self._usage:
            yield self._usage
        reason = finish_reason(self._finish or "stop")
        yield Finish("tool_calls" if calls and reason == "stop" else reason)


def _words(said: Mapping[str, Any]) -> Iterator[Chunk]:
    # DeepSeek and llama.cpp say reasoning_content; OpenRouter and today's vLLM say reasoning.
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
    for part in map(_mapping, parts):
        if part.get("type") == "thinking":
            thoughts = part.get("thinking") or ()
            yield Reasoning("".join(thought.get("text") or "" for thought in thoughts))
        elif text := part.get("text"):
            yield Text(text)


def _usage(usage: Any) -> Usage | None:
    counted = _mapping(usage)
    if not counted:
        return None
    details = _mapping(counted.get("completion_tokens_details"))
    return Usage(
        counted.get("prompt_tokens"),
        counted.get("completion_tokens"),
        details.get("reasoning_tokens"),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    """What should be an object; empty where it is none."""
    return value if isinstance(value, Mapping) else {}
