"""The values that flow from a model to a room.

A provider, a tool loop or any plugin's own generator yields these in order; `document.py` adds
them up. They know nothing of Matrix, of Markdown or of where they came from. Chat SDK's dict
shapes and the events of the provider packages become these in `adapters/`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, TypeAlias, TypeVar, get_args

TaskStatus: TypeAlias = Literal["pending", "in_progress", "complete", "error"]
Price: TypeAlias = Decimal | float | None
"""Of a million tokens. A float is taken for the number that it is written as."""
_Number = TypeVar("_Number", int, Decimal)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer's Markdown, as it came."""

    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A piece of what the model thought before or between its words.

    Never part of the answer's text.
    """

    text: str


WORDS = (Text, Reasoning)
"""For `isinstance`: a union that is made anew for each chunk takes longer than asking it."""


@dataclass(frozen=True, slots=True)
class WasReasoning:
    """All the text since the last `StepEnd` was reasoning: the model has said so only now."""


@dataclass(frozen=True, slots=True)
class TaskUpdate:
    """One thing being done for the answer, such as a tool call: new, or changed where `id` is
    known.

    `details` (what with) and `output` (how it ended) are Markdown; None leaves what was there, and
    so does an empty title. So is `question`, what a person has to decide first: it is shown whole,
    where the others may be shortened, until the next update.

    Raises:
        ValueError: The status is none of the four.
    """

    id: str
    title: str
    status: TaskStatus = "in_progress"
    details: str | None = None
    output: str | None = None
    question: str = ""

    def __post_init__(self) -> None:
        known = get_args(TaskStatus)
        if self.status not in known:
            raise ValueError(f"a task's status is one of {', '.join(known)}; not {self.status!r}")


@dataclass(frozen=True, slots=True)
class PlanUpdate:
    """The title above the tasks: new, or changed."""

    title: str


@dataclass(frozen=True, slots=True)
class StepEnd:
    """One step of the model is over. Between two texts it is exactly one paragraph break."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that one answer cost, as the provider counts them. None where it does not say.

    Args:
        input: All that the model has read, from a cache or not.
        output: All that it has written, thoughts included.
        reasoning: Thoughts: a part of `output`.
        cache_read, cache_write: Parts of `input`: what came out of the provider's cache, and went
            into it.
        charged: What they cost, where whoever reports them knows that.
    """

    input: int | None = None
    output: int | None = None
    reasoning: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    charged: Decimal | None = None

    def __add__(self, other: Usage) -> Usage:
        """The tokens of both: the steps of one answer add up. None only where neither says."""
        return Usage(
            _sum(self.input, other.input),
            _sum(self.output, other.output),
            _sum(self.reasoning, other.reasoning),
            _sum(self.cache_read, other.cache_read),
            _sum(self.cache_write, other.cache_write),
            _sum(self.charged, other.charged),
        )

    def cost(self, price_in: Price = None, price_out: Price = None) -> Decimal | None:
        """What they cost at these prices per million, whether cached or not; else what was
        charged. None where no price or number is known.

        Reasoning is a part of the output, as all providers count.
        """
        parts = [
            tokens * Decimal(str(price)) / 1_000_000
            for tokens, price in ((self.input, price_in), (self.output, price_out))
            if tokens is not None and price is not None
        ]
        return sum(parts, Decimal(0)) if parts else self.charged


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool, once the whole call has arrived.

    `arguments` is JSON as the model wrote it. `kept` is for its provider alone: what that wants
    back with the result (providers/kept.py).
    """

    id: str
    name: str
    arguments: str
    kept: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why nothing comes yet ("trying again in 4 s").

    Shown until the first word, then forgotten.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The model has stopped.

    `reason` is "stop", "length" (out of tokens), "tool_calls" or "content_filter", or what the
    provider said where it is none of these.
    """

    reason: str = "stop"


Chunk: TypeAlias = (
    Text
    | Reasoning
    | WasReasoning
    | TaskUpdate
    | PlanUpdate
    | StepEnd
    | Usage
    | ToolCall
    | Waiting
    | Finish
)


def begins(chunk: Chunk) -> bool:
    """Whether an answer has begun with this: words have come, or a tool is called.

    Before that it may be asked for anew, and nobody notices; after it that would say or do things
    twice.
    """
    if isinstance(chunk, Text):
        return bool(chunk.text.strip())
    return isinstance(chunk, (ToolCall, TaskUpdate))


def size(chunk: Chunk) -> int:
    """Characters that a chunk brings, as words, thoughts or tasks."""
    match chunk:
        case Text(text) | Reasoning(text):
            return len(text)
        case TaskUpdate():
            return len(chunk.title + (chunk.details or "") + (chunk.output or ""))
    return 0


def beginning(chunk: Chunk, characters: int) -> Chunk:
    """No more than so many characters of its words or thoughts; of anything else all."""
    match chunk:
        case Text(text) | Reasoning(text) if len(text) > characters:
            return type(chunk)(text[:characters])
    return chunk


def _sum(a: _Number | None, b: _Number | None) -> _Number | None:
    return b if a is None else a if b is None else a + b
