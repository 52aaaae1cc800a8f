"""What became of one answer, judged by the events of its room alone. Pure.

An answer is made of numbered words (`q17w0 q17w1 …`), so that what an event shows of it can be
counted, in order and without a hole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from tests.bed.message import Message, Seen

Expectation = Literal["whole", "ended", "gone"]
"""whole: all of it stands there. ended: it does, or all that was shown, and a line that says why.
gone: its message was taken away, and nothing came instead.
"""

_GOES_ON = "It goes on here when it is back."


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and how many words its model has to say."""

    number: int
    room_id: str
    event_id: str
    words: int

    def word(self, number: int) -> str:
        return f"q{self.number}w{number}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer, judged. `at` is when its last event came, in seconds since 1970."""

    lost: bool = False
    doubled: bool = False
    stuck: bool = False
    taken_away: bool = False
    at: float = 0.0
    why: str = ""

    @property
    def bad(self) -> bool:
        return self.lost or self.doubled or self.stuck or self.taken_away


def answers_to(question: Question, events: Sequence[Seen], bot: str) -> list[Message]:
    """The bot's messages that answer this question, with their edits."""
    ours = [seen for seen in events if seen.sender == bot and seen.type == "m.room.message"]
    firsts = [
        seen
        for seen in ours
        if not seen.edits
        and (_replied(seen) == question.event_id or f"q{question.number}w" in str(seen.content))
    ]
    return [
        Message((first, *(seen for seen in ours if seen.edits == first.id))) for first in firsts
    ]


def judged(question: Question, events: Sequence[Seen], bot: str, expected: Expectation) -> Verdict:
    """What became of the answer to a question."""
    messages = answers_to(question, events, bot)
    if expected == "gone":
        return Verdict(doubled=len(messages) > 1, why=f"{len(messages)} answers")
    if not messages:
        return Verdict(lost=True, why="silence")
    now = [number for message in messages for number in _words(question, message.content)]
    most = max(len(_words(question, seen.shown)) for one in messages for seen in one.events)
    last = messages[-1]
    status = str((last.answer or {}).get("status", ""))
    in_order = sorted(set(now)) == list(range(len(set(now))))
    whole = len(now) == question.words and (status == "complete" or expected == "ended")
    ended = expected == "ended" and status not in ("", "complete") and len(now) >= most
    told = expected == "ended" and not last.answer and not last.live and not most
    return Verdict(
        lost=not (in_order and (whole or ended or told)),
        doubled=len(now) > len(set(now)) or (len(messages) > 1 and not all(_parts(messages))),
        stuck=not is_over(question, events, bot),
        taken_away=len(messages) == 1 and _shrinks(question, last),
        at=max(message.newest.sent_at for message in messages),
        why=f"{len(now)} of {question.words} words, {most} shown at once, {len(messages)} messages"
        f", {status!r}, {last.body[-100:]!r}",
    )


def _parts(messages: Sequence[Message]) -> list[bool]:
    """Whether each is that part of one answer which its place says."""
    return [
        (one.answer or {}).get("part") == number for number, one in enumerate(messages, start=1)
    ]


def _shrinks(question: Question, message: Message) -> bool:
    """Whether a later edit has less than an earlier one."""
    shown = [len(_words(question, seen.shown)) for seen in message.events]
    return any(later < earlier for earlier, later in pairwise(shown))


def shows(question: Question, events: Sequence[Seen], bot: str) -> int:
    """How many of its words can be read now."""
    answers = answers_to(question, events, bot)
    return sum(len(_words(question, one.content)) for one in answers)


def is_over(question: Question, events: Sequence[Seen], bot: str) -> bool:
    """Whether it stands in the room as something that is no longer written, nor says that it will
    be.
    """
    answers = answers_to(question, events, bot)
    return bool(answers) and not any(one.live or _GOES_ON in one.body for one in answers)


def _replied(seen: Seen) -> str:
    relation = seen.content.get("m.relates_to", {})
    return str(relation.get("m.in_reply_to", {}).get("event_id", ""))


def _words(question: Question, content: Mapping[str, Any]) -> list[int]:
    """Which of its words stand there."""
    found = re.findall(rf"\bq{question.number}w(\d+)\b", str(content.get("body", "")))
    return list(map(int, found))
