"""OpenAI's chat completions, and what speaks them: llama.cpp, vLLM, LM Studio, OpenRouter, …

Only what all of these send is needed; what only some send is used where it is there, so answers
are read as plain dicts and not as the package's types. How questions are written is in
openai_form.py.
API: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..chunks import Chunk, Finish, Reasoning, Text, Usage
from ..finish_reasons import finish_reason
from ..shapes import amount, count, mapping, mappings, text, word, words
from .base import Request
from .citations import Citations
from .failures import Failed, Failure, Kind
from .frames import DONE, Frame
from .kept import Kept
from .listening import Reader, Response
from .openai_form import body_of
from .packaged import Packaged, response_of
from .refusals import Terms
from .tool_call_pieces import ToolCalls

if TYPE_CHECKING:
    from openai import AsyncOpenAI


_PLAIN = frozenset({"role", "content"})  # what most pieces have, and nothing else


class OpenAI(Packaged["AsyncOpenAI"]):
    """A server that speaks OpenAI's API. `options` go into the request's body as they are."""

    client_class = "AsyncOpenAI"

    def _list(self, client: AsyncOpenAI) -> AbstractAsyncContextManager[Response]:
        return response_of(client.models.with_streaming_response.list())

    def _send(
        self, client: AsyncOpenAI, request: Request, terms: Terms
    ) -> AbstractAsyncContextManager[Response]:
        create: Any = client.chat.completions.with_streaming_response.create
        body = body_of(request, self._settings.options, terms)
        return response_of(
            create(model=request.model, messages=[], stream=request.stream, extra_body=body)
        )

    def reader(self) -> Reader:
        return _Answer()


class _Answer:
    """Reads one answer, whole or in pieces.

    `[DONE]`, a finish_reason or both end it. Usage does not: some servers count in every piece.
    """

    def __init__(self) -> None:
        self._calls = ToolCalls()
        self._citations = Citations()
        self._thoughts = _Thoughts()
        self._usage: Usage | None = None
        self._finish = ""
        self._choice: int | None = None
        self._pieces = 0
        self._known = False
        self._done = False
        self._whole = False

    @property
    def ended(self) -> bool:
        return self._done or bool(self._finish)

    def take(self, piece: Frame) -> Iterator[Chunk]:
        self._done = self._done or piece is DONE
        self._known = self._known or piece is DONE or "choices" in piece
        if counted := piece.get("usage"):
            self._usage = _usage(counted) or self._usage
        self._citations.add_all(piece)
        choices = mappings(piece.get("choices"))
        self._pieces += bool(choices)
        for choice in choices:
            index = count(choice.get("index")) or 0
            if self._choice is None:
                self._choice = index
            if index == self._choice:
                yield from self._of_choice(choice)

    def _of_choice(self, choice: Mapping[str, Any]) -> Iterator[Chunk]:
        message = mapping(choice.get("message"))
        said = mapping(choice.get("delta")) or message
        self._whole = bool(message) and self._pieces == 1
        if not said.keys() <= _PLAIN:
            yield from self._thoughts.take(said)
            self._citations.add_all(said)
            self._take_calls(said)
        yield from words(said.get("content") or said.get("refusal") or choice.get("text"))
        self._finish = word(choice.get("finish_reason")) or self._finish

    def _take_calls(self, said: Mapping[str, Any]) -> None:
        for call in mappings(said.get("tool_calls")):
            self._calls.add(call)
        if old := mapping(said.get("function_call")):
            self._calls.add({"index": 0, "function": old})

    def end(self) -> Iterator[Chunk]:
        if not self._known:
            raise Failed(Failure(Kind.FOREIGN))
        if not (self.ended or self._whole):
            raise Failed(Failure(Kind.LOST))
        reason = finish_reason(self._finish or "stop")
        if reason == "error":
            raise Failed(Failure(Kind.SAID))
        calls = self._calls.finished()
        if cited := self._citations.text():
            yield Text(cited)
        turn = self._thoughts.kept()
        for call, extra in calls:
            yield replace(call, kept=Kept(turn, extra))
        if self._usage:
            yield self._usage
        yield Finish("tool_calls" if calls and reason == "stop" else reason)


class _Thoughts:
    """A model's reasoning, under whichever name, and what of it goes back with tool results."""

    def __init__(self) -> None:
        self._content: list[str] = []
        self._details: list[dict[str, Any]] = []  # OpenRouter's
        self._blocks: list[dict[str, Any]] = []  # LiteLLM's, which are Claude's

    def take(self, said: Mapping[str, Any]) -> Iterator[Reasoning]:
        # DeepSeek and llama.cpp say reasoning_content; OpenRouter and today's vLLM say reasoning.
        if content := text(said.get("reasoning_content")):
            self._content.append(content)
        details = mappings(said.get("reasoning_details"))
        for detail in details:
            _add(self._details, detail, goes_on="index" in detail)
        for block in mappings(said.get("thinking_blocks")):
            _add(self._blocks, block, goes_on=True)
        thought = content or text(said.get("reasoning")) or text(said.get("thinking"))
        if thought := thought or text(details):
            yield Reasoning(thought)

    def kept(self) -> dict[str, Any]:
        """The fields of the assistant's turn, as they came."""
        content = "".join(self._content)
        fields = {
            "reasoning_content": content,
            "reasoning_details": self._details,
            "thinking_blocks": self._blocks,
        }
        return {name: value for name, value in fields.items() if value}


def _add(blocks: list[dict[str, Any]], piece: Mapping[str, Any], *, goes_on: bool) -> None:
    """Blocks come in pieces, which go on where type and index are the same."""
    last = blocks[-1] if blocks else {}
    same = all(last.get(key) == piece.get(key) for key in ("type", "index"))
    if not (last and same and goes_on) or last.get("signature"):
        blocks.append(dict(piece))
        return
    for key, value in piece.items():
        if key in ("text", "thinking", "summary", "data") and isinstance(last.get(key), str):
            last[key] += text(value)
        elif value is not None:
            last[key] = value


def _usage(usage: Any) -> Usage | None:
    counted = mapping(usage)
    details = mapping(counted.get("completion_tokens_details"))
    found = Usage(
        count(counted.get("prompt_tokens")),
        count(counted.get("completion_tokens")),
        count(details.get("reasoning_tokens")),
        count(mapping(counted.get("prompt_tokens_details")).get("cached_tokens")),
        charged=amount(counted.get("cost")),  # OpenRouter says so, in US dollars
    )
    return None if found == Usage() else found
