"""What a model is to say, and what is to go wrong while it does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call; `pieces` is in how many pieces its arguments are sent."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str = "call_1"
    pieces: int = 3

    def in_pieces(self) -> Iterator[str]:
        """The arguments as JSON, cut anywhere."""
        written = json.dumps(dict(self.arguments))
        size = max(1, -(-len(written) // self.pieces))
        for start in range(0, len(written), size):
            yield written[start : start + size]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    Args:
        text: What is said: a text, sent a word at a time, or the tokens themselves.
        reasoning: What is thought before it, likewise.
        calls: Tool calls, after the text.
        usage: Tokens in and out (and of reasoning); None sends none.
        finish: Why it ends, in OpenAI's words; each API says it in its own.
        delay: Seconds before each token.
        status: Anything but 200 answers with `headers` and `body` alone.
        body: The body of such an answer, or of any: text and bytes are sent as they are.
        lines: What is streamed instead, one after the other, as `lines_of` (a media type).
        headers: More headers.
        hang_up: Close the connection without an answer.
        hold_after: After so many tokens wait for `ModelServer.release()`.
        cut_after: After so many tokens drop the connection.
        half_after: After so many tokens send half of the next, and end.
        stall_after: After so many tokens send nothing more until the client leaves.
        garbage_after: After so many tokens send a line that is not of this API.
        error_after: After so many tokens send `error` as the API does inside a stream.
    """

    text: str | Sequence[str] = "Hello from the model."
    reasoning: str | Sequence[str] = ()
    calls: Sequence[Call] = ()
    usage: tuple[int, ...] | None = (11, 7)
    finish: str = "stop"
    delay: float = 0.0
    status: int = 200
    body: Any = None
    lines: Sequence[str] = ()
    lines_of: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False
    hold_after: int | None = None
    cut_after: int | None = None
    half_after: int | None = None
    stall_after: int | None = None
    garbage_after: int | None = None
    error_after: int | None = None
    error: str = "The model fell over"

    @property
    def ends(self) -> str:
        """Why it ends; calls are a reason of their own."""
        return "tool_calls" if self.calls and self.finish == "stop" else self.finish

    @property
    def tokens(self) -> list[str]:
        return _tokens(self.text)

    @property
    def thoughts(self) -> list[str]:
        return _tokens(self.reasoning)

    @property
    def whole_text(self) -> str:
        return "".join(self.tokens)

    @property
    def whole_reasoning(self) -> str:
        return "".join(self.thoughts)


def _tokens(said: str | Sequence[str]) -> list[str]:
    return re.findall(r"\s*\S+\s*$|\s*\S+|\s+", said) if isinstance(said, str) else list(said)
