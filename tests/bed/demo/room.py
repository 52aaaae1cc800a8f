"""A person's one-to-one room with the bot: ask, and watch until the bot has had its say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

from ..bed import Bed, Bot
from ..message import Message
from ..person import NotSeen, Person
from .model import Model

# Seconds without any change after which nothing more is to be expected.
SILENT = 10.0
BUSY = 600.0


@dataclass(frozen=True, slots=True)
class Frame:
    """What the room shows of one turn of the bot."""

    messages: tuple[Message, ...]
    typing: bool

    @property
    def settled(self) -> bool:
        """The bot has said something, and nothing more is under way."""
        return bool(self.messages) and not self.busy

    @property
    def busy(self) -> bool:
        return self.typing or any(message.live for message in self.messages)


class Room:
    """The room of the demo."""

    def __init__(self, person: Person, bot: Bot, room_id: str) -> None:
        self.person = person
        self.bot = bot
        self.room_id = room_id

    @classmethod
    async def furnish(cls, bed: Bed, person: Person, model: Model) -> Room:
        """A bot with this model, in a new room with this person, who may change every setting."""
        bot = await bed.bot(model.config | {"access": {"admins": [person.user_id]}})
        room_id = await bed.room(person, bot, direct=True, name="llmstream")
        return cls(person, bot, room_id)

    async def ask(self, text: str) -> AsyncIterator[Frame]:
        """Say something, and yield what the room shows, at each change until the bot is done.

        The last frame is settled, unless the bot fell silent.
        """
        event_id = await self.person.say(self.room_id, text)
        shown = Frame((), typing=False)
        while not shown.settled:
            news = partial(self._news, event_id, shown)
            try:
                shown = await self.person.until(news, BUSY if shown.busy else SILENT)
            except NotSeen:
                return
            yield shown

    def _news(self, event_id: str, shown: Frame) -> Frame | None:
        now = Frame(
            tuple(self.person.messages(self.room_id, self.bot.user_id, after=event_id)),
            self.person.types_now(self.room_id, self.bot.user_id),
        )
        return now if now != shown else None
