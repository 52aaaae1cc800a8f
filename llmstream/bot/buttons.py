"""The buttons under an answer: reactions of the bot, so that people need only press them.

What they do is `reactions.py`'s. They cost events of the account's budget, so that they are off by
default.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..matrix.buttons import annotation
from ..matrix.outcome import SendError
from ..matrix.scheduler import Scheduler

STOP, RETRY, GO_ON = "⏹️", "🔁", "➡️"

log = logging.getLogger(__name__)


class AnswerButtons:
    """The buttons of one answer; `show()` takes those away that no longer mean anything."""

    def __init__(self, scheduler: Scheduler, room_id: str) -> None:
        self._scheduler = scheduler
        self._room_id = room_id
        self._placed: list[str] = []

    async def show(self, event_id: str, keys: Sequence[str]) -> None:
        """These buttons and no others. What the server does not take is only logged."""
        placed, self._placed = self._placed, []
        try:
            for reaction in placed:
                await self._scheduler.redact(self._room_id, reaction)
            for key in keys:
                content = annotation(event_id, key)
                sent = self._scheduler.send(self._room_id, "m.reaction", content, first=False)
                self._placed.append(await sent)
        except SendError as error:
            log.info("No buttons in %s: %s", self._room_id, error)
