"""One use of a command: whether it is one, what its function needs, and what the person may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from mautrix.errors import MatrixError

from ...matrix.reading.said import Said
from ...plan import StreamingPlan
from ..config import Chooser, Configuration, RoomSettings
from ..instance import Instance
from ..room.access import is_admin, may_change_settings
from ..room.addressing import command
from ..room.triggers import Situation, is_new


class Who(Enum):
    """Who may use a command: whoever may ask, those who may change settings, or admins only."""

    ANYBODY = auto()
    SETTERS = auto()
    ADMINS = auto()


class Denied(Exception):
    """This person may not. The text says why, and who may."""


@dataclass(frozen=True, slots=True)
class Call:
    """A person in a room has used a command with these arguments.

    `server` is that of who made the room, as far as it is asked for (room/access.py).
    """

    instance: Instance
    said: Said
    arguments: str
    server: str = ""

    @property
    def room_id(self) -> str:
        return self.said.room_id

    @property
    def person(self) -> str:
        return self.said.sender

    @property
    def configuration(self) -> Configuration:
        """What is in force now."""
        return self.instance.configuration.current

    @property
    def settings(self) -> RoomSettings:
        """What holds in this room now."""
        return self.configuration.for_room(self.room_id)

    @property
    def chooser(self) -> Chooser:
        """Who chooses something, where."""
        admin = is_admin(self.configuration.access, self.person)
        return Chooser(self.person, self.room_id, admin, self.server)

    def form(self, rest: str) -> str:
        """How a command is typed here: "`!llm status`"."""
        return f"`!{self.configuration.settings_command} {rest}`"

    async def require(self, who: Who) -> None:
        """Raises `Denied` where this person is none of them."""
        access = self.configuration.access
        if who is Who.ANYBODY or is_admin(access, self.person):
            return
        if who is Who.ADMINS:
            raise Denied(
                "Only my admins may do that: those under `access.admins` in my configuration."
            )
        try:
            power = await self.instance.people.power(self.room_id, self.person)
        except MatrixError as error:
            raise Denied(
                "The homeserver does not tell me your power level in this room, and without it "
                "only my admins may change settings. Try again later."
            ) from error
        if not may_change_settings(access, self.person, power):
            raise Denied(
                "This room's settings are for people with power level "
                f"{access.settings_power_level} or more here (yours is {power}) and for my admins."
            )

    async def may(self, who: Who) -> bool:
        """Whether this person is one of them."""
        try:
            await self.require(who)
        except Denied:
            return False
        return True


Reply: TypeAlias = str | StreamingPlan
"""What is said in the room: Markdown, or a stream of it."""
Run: TypeAlias = Callable[[Call], Awaitable[Reply]]
"""What a command does; it returns what is said in the room.

Raises:
    Denied, ConfigError, ProviderError: with sentences for the person.
"""


@dataclass(frozen=True, slots=True)
class Command:
    """What was typed after `!llm`: the first word in lower case, '' for none, and the rest."""

    word: str
    arguments: str = ""


def command_of(instance: Instance, said: Said, situation: Situation) -> Command | None:
    """The command in a message. None where there is none, or where it could be no question."""
    found = command(said.text) if is_new(said, situation) else None
    if found is None or found[0] != instance.configuration.current.settings_command:
        return None
    word, arguments = [*found[1].split(maxsplit=1), "", ""][:2]
    return Command(word.lower(), arguments)
