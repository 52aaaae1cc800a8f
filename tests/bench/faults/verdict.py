"""What became of one answer, judged by the events of its room alone. Pure.

An answer is made of numbered words (`q17w0 q17w1 …`), so that what an event shows of it can be
counted, in order and without a hole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tests.bed.message import Message, Seen

Expectation = Literal["whole", "ended", "gone"]
"""whole: all of it stands there. ended: it does, or all that was shown, and a line that says why.
gone: its message was taken away, and nothing came instead.
"""


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
    answers = answers_to(question, events, bot)
    if expected == "gone":
        return Verdict(doubled=len(answers) > 1, why=f"{len(answers)} answers")
    if not answers:
        return Verdict(lost=True, why="silence")
    message = answers[0]
    shown = [_words(question, seen.shown) for seen in message.events]
    now, most = _words(question, message.content), max(shown)
    status = str((message.answer or {}).get("status", ""))
    ended = bool(status) and status != "complete" and expected == "ended"
    told = not message.answer and not message.live and most == 0 and expected == "ended"
    whole = now == question.words and (status == "complete" or expected == "ended")
    lost = not (whole or told or (ended and now >= most))
    return Verdict(
        lost=lost,
        doubled=len(answers) > 1 or message.body.count(f"{question.word(0)} ") > 1,
        stuck=message.live,
        taken_away=any(
            later < earlier for n, earlier in enumerate(shown) for later in shown[n + 1 :]
        ),
        at=message.newest.sent_at,
        why=f"{now} of {question.words} words, {most} shown, {len(answers)} answers, {status!r}, "
        f"{message.body[-120:]!r}",
    )


def shows(question: Question, events: Sequence[Seen], bot: str) -> int:
    """How many of its words can be read now."""
    answers = answers_to(question, events, bot)
    return max((_words(question, one.content) for one in answers), default=-1)


def is_over(question: Question, events: Sequence[Seen], bot: str) -> bool:
    """Whether it stands in the room as something that is no longer written."""
    answers = answers_to(question, events, bot)
    return bool(answers) and not any(one.live for one in answers)


def _replied(seen: Seen) -> str:
    relation = seen.content.get("m.relates_to", {})
    return str(relation.get("m.in_reply_to", {}).get("event_id", ""))


def _words(question: Question, content: dict[str, object]) -> int:
    """How many words stand there in their order, from the first on; -1 where others do too."""
    found = re.findall(rf"\bq{question.number}w(\d+)\b", str(content.get("body", "")))
    return len(found) if [int(one) for one in found] == list(range(len(found))) else -1
