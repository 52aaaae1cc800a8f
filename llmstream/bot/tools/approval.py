"""Calls that need a yes: a person looks before a tool acts.

What is approved is what was seen: a question is open once the server has the message in which it
stands whole, and a reaction decides what that message showed when it came. The loop of steps asks
through `Approval`. Who may answer, and that an answer is a reaction to a message, is the bot's to
know; it hands reactions to `Approvals.decide`, and what the room sees to `Approvals.shown`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from .exact import size
from .tool import ToolError

PATIENCE = 120.0
"""Seconds until no answer is a no."""
AT_ONCE = 3
"""Questions that one reaction may decide; the others wait behind these."""
ROOM = 9_000
"""Bytes (`exact.size`) that are asked at once. In a message, tasks have more than that
(matrix/content/tasks.py).
"""

TOO_LONG = (
    "This call needs a person's yes, and its arguments are too long to be shown to them. "
    "Make it in smaller parts, or do without it."
)

# Yes and no. A person can react to a message only once with each, so the next questions in the
# same message ask for the next two.
_KEYS = (("✅", "❌"), ("👍", "👎"), ("☑", "🚫"), ("✔", "✖"))
_YES = frozenset(yes for yes, _ in _KEYS)
_NO = frozenset(no for _, no in _KEYS)

ALL_KEYS = tuple(key for keys in _KEYS for key in keys)
"""What people may have to react with."""

Ask: TypeAlias = Callable[[str], None]


class Approval(Protocol):
    """Asks a person whether a call may be made."""

    async def __call__(self, call: str, ask: Ask) -> bool:
        """Whether this call, written out in Markdown, may be made; False where no answer comes.

        `ask` gets the whole question when its turn has come, to be shown as it is.
        """


@dataclass(eq=False)
class _Question:
    """`seen_in` is the message that shows `text`; '' while none does."""

    call: str
    ask: Ask
    answer: asyncio.Future[bool]
    text: str = ""
    seen_in: str = ""


class Approvals:
    """The questions of one answer, which only its asker decides.

    Few are asked at once. None is added to these while they wait for an answer, and where nobody
    answers, those behind them are refused with them.

    Attributes:
        in_words: People cannot react where this is, and are asked to reply in words. Nothing but
            the words that are asked for decides then.
        asked_for: The yes and the no of what was asked last.
        rounds: How often was asked. Who goes on from there, in the same message, asks for another
            yes than was given, or is on its way.
        longest_text: Characters of a message where this is; 0 is as many as an event holds. Beyond
            a bridge, nobody sees the rest.
    """

    def __init__(self, asker: str, patience: float = PATIENCE, *, rounds: int = 0) -> None:
        self.in_words = False
        self.longest_text = 0
        self._asker = asker
        self._patience = patience
        self._asked: list[_Question] = []
        self._behind: list[_Question] = []
        self.rounds = rounds
        self._late = self._keys(rounds - 1)[0] if rounds else ""
        self.asked_for = ("", "")
        self._end: asyncio.TimerHandle | None = None

    async def __call__(self, call: str, ask: Ask) -> bool:
        """Wait for the asker's reaction; False where none comes in time.

        Raises:
            ToolError: Nobody would see all of the call.
        """
        if self._is_too_long([call]):
            raise ToolError(TOO_LONG)
        loop = asyncio.get_running_loop()
        question = _Question(call, ask, loop.create_future())
        self._behind.append(question)
        loop.call_soon(self._ask_next)  # soon, so that the calls of one step are asked together
        try:
            return await question.answer
        finally:
            for questions in (self._asked, self._behind):
                if question in questions:
                    questions.remove(question)
            self._ask_next()

    def shown(self, event_id: str, body: str) -> None:
        """From now on the room sees `body` in this message, and nothing else there."""
        if not self._asked:
            return
        words = _without_space(body)
        for question in self._asked:
            if _without_space(question.text) in words:
                if not question.seen_in:
                    self._wait()
                question.seen_in = event_id
            elif question.seen_in == event_id:
                question.seen_in = ""

    def waits_in(self, event_id: str) -> bool:
        """Whether a question is open that the room sees in this message."""
        return any(one.seen_in == event_id and not one.answer.done() for one in self._asked)

    def decide(self, user_id: str, event_id: str, key: str) -> bool:
        """A person reacted with `key` (without variants: `plain_key`). Whether that answered."""
        seen = [one for one in self._asked if one.seen_in == event_id and not one.answer.done()]
        is_known = key in self.asked_for if self.in_words else key in _YES | _NO
        if user_id != self._asker or not seen or not is_known or key == self._late:
            return False
        self._late = ""
        for question in seen:
            question.answer.set_result(self.is_yes(key))
        return True

    def is_yes(self, key: str) -> bool:
        """Whether a reaction with `key` (without variants: `plain_key`), or a word, is a yes."""
        return key == self.asked_for[0] if self.in_words else key in _YES

    @property
    def seen_in(self) -> str:
        """The message with questions that are open now; '' where there is none."""
        waiting = (one.seen_in for one in self._asked if not one.answer.done())
        return next(filter(None, waiting), "")

    def _ask_next(self) -> None:
        """Once all that were asked are answered, ask as many as may be asked at once."""
        if self._asked:
            return
        if self._end:
            self._end.cancel()
        if not self._behind:
            return
        yes, no = self.asked_for = self._keys(self.rounds)
        self.rounds += 1
        while self._behind and len(self._asked) < AT_ONCE:
            question = self._behind[0]
            waits = f"waiting for {yes} or {no} from {self._asker}"
            if self.in_words:
                waits = f"waiting for a reply `{yes}` or `{no}` from {self._asker}"
            question.text = f"{question.call}\n\n{waits}"
            if self._asked and self._is_too_long([one.text for one in (*self._asked, question)]):
                break
            self._asked.append(self._behind.pop(0))
        self._wait()
        for question in self._asked:
            question.ask(question.text)

    def _is_too_long(self, texts: Sequence[str]) -> bool:
        """Whether these are too much for one message, in which other tasks stand too."""
        characters = sum(len(text.encode("utf-16-le")) // 2 for text in texts)
        most = self.longest_text * 2 // 5
        return sum(map(size, texts)) > ROOM or 0 < most < characters

    def _keys(self, asked_before: int) -> tuple[str, str]:
        if self.in_words:  # nobody says yes twice to what they have not seen
            number = f" {asked_before + 1}" if asked_before else ""
            return f"yes{number}", f"no{number}"
        return _KEYS[asked_before % len(_KEYS)]

    def _wait(self) -> None:
        if self._end:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(self._patience, self._refuse)

    def _refuse(self) -> None:
        """Nobody has answered. A yes that is on its way must not count for what is asked next."""
        self._late, _ = self._keys(self.rounds - 1)
        asked, self._asked, self._behind = [*self._asked, *self._behind], [], []
        for question in asked:
            if not question.answer.done():
                question.answer.set_result(False)


def _without_space(markdown: str) -> str:
    """White space is what a list changes in what stands in it."""
    return "".join(markdown.split())
