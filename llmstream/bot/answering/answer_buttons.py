"""The buttons under an answer: reactions of the bot, so that people need only press them.

What they do is `reactions.py`'s. They cost events of the account's budget, so that they are off by
default.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from mautrix.api import Method, Path
from mautrix.errors import MatrixError

from ...matrix.buttons import annotation
from ...matrix.sending.outcome import SendError
from ..instance import Instance

STOP, RETRY, GO_ON = "⏹️", "🔁", "➡️"


class AnswerButtons:
    """The buttons of one message. What is placed is asked of the server: some are from an earlier
    answer in this message, or from before a restart.
    """

    def __init__(self, instance: Instance, room_id: str, event_id: str) -> None:
        self._instance = instance
        self._room_id = room_id
        self._event_id = event_id
        self._wanted: Sequence[str] = ()
        self._changing = asyncio.Lock()

    async def show(self, *keys: str) -> None:
        """These and no others. What the server does not take is only logged."""
        self._wanted = keys
        try:
            async with self._changing:
                await self._change()
        except (SendError, MatrixError) as error:
            self._instance.log.debug("No buttons in %s: %s", self._room_id, error)

    async def _change(self) -> None:
        scheduler, placed = self._instance.scheduler, await self._placed()
        for key, reaction in placed.items():
            if key not in self._wanted:
                await scheduler.redact(self._room_id, reaction)
        for key in self._wanted:
            if key not in placed:
                content = annotation(self._event_id, key)
                await scheduler.send(self._room_id, "m.reaction", content, first=False)

    async def _placed(self) -> dict[str, str]:
        """Our reactions' events by their keys."""
        relations = Path.v1.rooms[self._room_id].relations[self._event_id]
        found = await self._instance.client.api.request(
            Method.GET, relations["m.annotation"]["m.reaction"], query_params={"limit": "100"}
        )
        return {
            reaction["content"]["m.relates_to"]["key"]: reaction["event_id"]
            for reaction in found["chunk"]
            if reaction["sender"] == self._instance.client.mxid
        }
