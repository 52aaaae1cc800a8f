"""Calls that need a yes: a person looks before a tool acts.

The loop of steps asks through `Approval`. Who may answer, and that an answer is a reaction to the
message, is the bot's to know; it hands reactions to `Approvals.decide`.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from ...chunks import ToolCall

PATIENCE = 120.0
"""Seconds until no answer is a no."""

_YES = frozenset({"✅", "✔", "☑", "👍"})
_NO = frozenset({"❌", "✖", "🚫", "👎"})


class Approval(Protocol):
    """Asks a person whether a call may be made."""

    @property
    def invitation(self) -> str:
        """What the room reads while the question is open; Markdown."""

    async def __call__(self, call: ToolCall, title: str) -> bool:
        """Wait for the answer; False also where none comes in time."""


class Approvals:
    """The open questions of one answer, which only its asker decides.

    The calls of one step are asked for together and shown together, so one reaction decides all
    that are open; the next step asks anew.
    """

    def __init__(self, asker: str, patience: float = PATIENCE) -> None:
        self._asker = asker
        self._patience = patience
        self._open: dict[asyncio.Future[bool], str] = {}

    @property
    def invitation(self) -> str:
        """What the room reads while a question is open."""
        return f"waiting for ✅ or ❌ from {self._asker}"

    @property
    def titles(self) -> tuple[str, ...]:
        """The calls that wait for an answer now."""
        return tuple(self._open.values())

    async def __call__(self, call: ToolCall, title: str) -> bool:  # noqa: ARG002
        """Wait for the asker's reaction; False where none comes in time."""
        question: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._open[question] = title
        try:
            async with asyncio.timeout(self._patience):
                return await question
        except TimeoutError:
            return False
        finally:
            del self._open[question]

    def decide(self, user_id: str, key: str) -> bool:
        """A person reacted with `key` (without variants: `plain_key`). Whether that answered."""
        if user_id != self._asker or key not in _YES | _NO:
            return False
        waiting = [question for question in self._open if not question.done()]
        for question in waiting:
            question.set_result(key in _YES)
        return bool(waiting)
