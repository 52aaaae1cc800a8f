"""Calls that need a yes: a person looks before a tool acts.

What is approved is what was seen: a question is open once the server has the message in which it
stands whole, and a reaction decides what that message showed when it came. The loop of steps asks
through `Approval`. Who may answer, and that an answer is a reaction to a message, is the bot's to
know; it hands reactions to `Approvals.decide`, and what the room sees to `Approvals.shown`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from .exact import size

PATIENCE = 120.0
"""Seconds until no answer is a no."""
AT_ONCE = 3
"""Questions that one reaction may decide; the others wait behind these."""
ROOM = 9_000
"""Bytes (`exact.size`) that are asked at once. In a message, tasks have more than that
(matrix/content/tasks.py).
"""

# Yes and no. A person can react to a message only once with each, so the next questions in the
# same message ask for the next two.
_KEYS = (("✅", "❌"), ("👍", "👎"), ("☑", "🚫"), ("✔", "✖"))
_YES = frozenset(yes for yes, _ in _KEYS)
_NO = frozenset(no for _, no in _KEYS)

Ask: TypeAlias = Callable[[str], None]


def is_yes(key: str) -> bool:
    """Whether a reaction with `key` (without variants: `plain_key`) says yes to a call."""
    return key in _YES


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
    """

    def __init__(self, asker: str, patience: float = PATIENCE) -> None:
        self._asker = asker
        self._patience = patience
        self._asked: list[_Question] = []
        self._behind: list[_Question] = []
        self._rounds = 0
        self._late = ""
        self._end: asyncio.TimerHandle | None = None

    async def __call__(self, call: str, ask: Ask) -> bool:
        """Wait for the asker's reaction; False where none comes in time."""
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
        if user_id != self._asker or not seen or key not in _YES | _NO or key == self._late:
            return False
        self._late = ""
        for question in seen:
            question.answer.set_result(key in _YES)
        return True

    def _ask_next(self) -> None:
        """Once all that were asked are answered, ask as many as may be asked at once."""
        if self._asked:
            return
        if self._end:
            self._end.cancel()
        if not self._behind:
            return
        yes, no = self._keys()
        self._rounds += 1
        room = ROOM
        while self._behind and len(self._asked) < AT_ONCE:
            question = self._behind[0]
            question.text = f"{question.call}\n\nwaiting for {yes} or {no} from {self._asker}"
            room -= size(question.text)
            if room < 0 and self._asked:
                break
            self._asked.append(self._behind.pop(0))
        self._wait()
        for question in self._asked:
            question.ask(question.text)

    def _keys(self) -> tuple[str, str]:
        return _KEYS[self._rounds % len(_KEYS)]

    def _wait(self) -> None:
        if self._end:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(self._patience, self._refuse)

    def _refuse(self) -> None:
        """Nobody has answered. A yes that is on its way must not count for what is asked next."""
        self._rounds -= 1
        self._late, _ = self._keys()
        self._rounds += 1
        asked, self._asked, self._behind = [*self._asked, *self._behind], [], []
        for question in asked:
            if not question.answer.done():
                question.answer.set_result(False)


def _without_space(markdown: str) -> str:
    """White space is what a list changes in what stands in it."""
    return "".join(markdown.split())
