"""The buttons under an answer: reactions of the bot, so that people need only press them.

What they do is `reactions.py`'s. They cost events of the account's budget, so that they are off by
default.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from mautrix.api import Method, Path
from mautrix.errors import MatrixError

from ...matrix.buttons import annotation
from ...matrix.content.style import Ending
from ...matrix.reading.delivery import Delivery
from ...matrix.reading.raw import Raw, at, identifier, objects, text
from ...matrix.sending.outcome import SendError
from ..instance import Instance
from .running import RunningAnswer

STOP, RETRY, GO_ON = "⏹️", "🔁", "➡️"
WORDS = {"stop": STOP, "again": RETRY, "go on": GO_ON}
"""What people write, in reply to an answer or to the bot, where they cannot react."""

_AGAIN = "Reply `again` to have it written once more."


async def people_react(instance: Instance, room_id: str) -> bool:
    """Whether people in this room, on the far side of its bridges too, can press these."""
    table = instance.configuration.current.platforms
    return (await instance.capabilities.of(room_id, table)).takes_reactions(WORDS.values())


def in_words(ending: Ending, buttons: bool) -> Ending:
    """For people who cannot react: which words they have, where it asks for a reaction or where
    there would be `buttons`.
    """
    note = ending.note
    for word, key in WORDS.items():
        note = note.replace(f"eact with {key}", f"eply `{word}`")
    if buttons and "`again`" not in note:
        note = f"{note} {_AGAIN}".strip()
    return replace(ending, note=note)


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
        found: Raw = await self._instance.client.api.request(
            Method.GET, relations["m.annotation"]["m.reaction"], query_params={"limit": "100"}
        )
        return {
            text(at(reaction, "content", "m.relates_to"), "key"): identifier(reaction, "event_id")
            for reaction in objects(found, "chunk")
            if reaction.get("sender") == self._instance.client.mxid
        }


class Offered:
    """The buttons of one answer, from its first event to its end.

    Attributes:
        can_react: People in the room can press them.
    """

    def __init__(self, instance: Instance, answer: RunningAnswer) -> None:
        self.can_react = True
        self._instance = instance
        self._answer = answer
        self._most = 0
        self._buttons: AnswerButtons | None = None

    def bear(self, delivery: Delivery) -> None:
        """What people in the room can do."""
        self.can_react = delivery.takes_reactions(WORDS.values())
        self._most = delivery.most_reactions

    def while_written(self, event_id: str) -> None:
        """A message has begun; the first one has the buttons."""
        if self._answer.settings.buttons and self.can_react and self._buttons is None:
            self._buttons = AnswerButtons(self._instance, self._answer.question.room_id, event_id)
            self._show(self._buttons, STOP)

    def when_done(self, *, goes_on: bool) -> None:
        """It has its end. What is under what it continues stands under its own end now."""
        if self._buttons is None:
            return
        keys = [RETRY, GO_ON] if goes_on else [RETRY]
        self._show(self._buttons, *keys[-self._most :])  # of a bound of 0, all
        for event_id in self._answer.goes_on.event_ids if self._answer.goes_on else ():
            room_id = self._answer.question.room_id
            self._show(AnswerButtons(self._instance, room_id, event_id))

    def _show(self, buttons: AnswerButtons, *keys: str) -> None:
        self._instance.running.keep(asyncio.create_task(buttons.show(*keys)))
