"""How an answer behaves and what stands under it: values, and the two forms of its signature.

Pure. `Style` is what a caller of `post()` may choose; `About` what it knows of the answer's
origin.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from ...chunks import Price
from ...document import Document
from ...markdown.render import Tables
from .room_bounds import Bounds
from .view import GroupTasks

_LONGEST_NAME = 100
_LEAST = Decimal("0.0001")

Notify: TypeAlias = Literal["done", "first", "never"]
Stream: TypeAlias = Literal["auto", "edits", "single"]
Status: TypeAlias = Literal["complete", "cut_off", "stopped", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class Style:
    """How an answer behaves in the room. A field that has a configuration key's name has its
    meaning.

    Args:
        edit_interval_ms: Edits of one message never start closer than this; the final alone does
            not wait.
        max_edits: Edits of one message at most, the final one not counted.
        placeholder: Shown where no text came within `placeholder_after_ms`; '' shows typing only.
        notify: When the asker's phone rings: when the answer is done, with its first words, or
            never.
        reasoning: What is shown of the model's thoughts: nothing, how long they take, or all,
            folded.
        tables: As HTML tables, or as aligned text.
        group_tasks: Tasks stand where they began ("timeline"), or on top as one block ("plan").
        stream: Edited while it is written as the room bears it ("auto"), "edits" in any case, or
            "single": once, when it is complete.
        single: As `stream="single"`.
        longest_text: Characters of one message; 0 is as much as an event holds. More goes on in
            the next message.
        bounds: What the room takes in any case.
    """

    edit_interval_ms: int = 500
    max_edits: int = 60
    placeholder: str = "Thinking…"
    placeholder_after_ms: int = 1500
    notify: Notify = "done"
    reasoning: Literal["hidden", "status", "collapsed"] = "status"
    tables: Tables = "html"
    group_tasks: GroupTasks = "timeline"
    stream: Stream = "auto"
    single: bool = False
    longest_text: int = 0
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True)
class About:
    """Where an answer comes from. Prices are in US dollars per million tokens; with them the cost
    is known, also where the stream does not report it.
    """

    provider: str = ""
    model: str = ""
    price_in: Price = None
    price_out: Price = None
    footer: bool = False

    def names(self) -> dict[str, str]:
        """Provider and model for the room: one line each, of a length that leaves room."""
        return {"provider": _name(self.provider), "model": _name(self.model)}


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ended, and the line in the room that says so; '' where none is needed."""

    status: Status = "complete"
    note: str = ""

    def with_notes(self, *notes: str) -> Ending:
        """The same, with more said behind it."""
        return replace(self, note=" ".join([self.note, *notes]).strip())


@dataclass(frozen=True, slots=True)
class Signature:
    """What stands under a finished answer, for people and for machines."""

    about: About
    document: Document
    ending: Ending
    seconds: float

    @property
    def cost(self) -> Decimal | None:
        """In US dollars; None where the prices or the tokens are not known."""
        return self.document.usage.cost(self.about.price_in, self.about.price_out)

    def footer(self) -> str:
        """Model, tokens, seconds and cost in one line; '' where it is not wanted."""
        if not self.about.footer:
            return ""
        usage = self.document.usage
        names = self.about.names()
        facts = [names["model"] or names["provider"]]
        if usage.input is not None or usage.output is not None:
            facts.append(f"{usage.input or 0:,} → {usage.output or 0:,} tokens")
        facts.append(f"{self.seconds:.1f} s")
        if self.cost is not None:
            facts.append(dollars(self.cost))
        return " · ".join(fact for fact in facts if fact)

    def content(self) -> dict[str, Any]:
        """The `dev.llmstream.answer` of the final event.

        Canonical JSON knows no fractions (Synapse refuses them: 400 M_BAD_JSON), so that `seconds`
        is rounded and `cost` is a decimal string.
        """
        usage = self.document.usage
        return {
            "status": self.ending.status,
            **self.about.names(),
            "finish_reason": self.document.finish_reason,
            "usage": {"input": usage.input, "output": usage.output, "reasoning": usage.reasoning},
            "seconds": round(self.seconds),
            "cost": None if self.cost is None else f"{self.cost:.6f}",
        }


def dollars(amount: Decimal) -> str:
    """An amount for people to read: "$0.0046", "$12.50"."""
    if 0 < amount < _LEAST:
        return f"under ${_LEAST}"
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}"


def _name(name: str) -> str:
    return " ".join(name[:_LONGEST_NAME].split())
