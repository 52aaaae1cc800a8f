"""Where a setting is changed: in one room, or for all that have none of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

from ..config import (
    BUILT_IN_TOOLS,
    ConfigError,
    Configuration,
    LiveConfiguration,
    RoomSettings,
)
from ..config.settable import names_unknown
from ..phrases import code, count
from .call import Who

_BUILT_IN = RoomSettings()


class Scope(Protocol):
    """One of the two. `where` ends a sentence."""

    who: Who
    where: str

    def settings(self, configuration: Configuration) -> RoomSettings:
        """What holds there."""

    def own(self, configuration: Configuration) -> Mapping[str, Any]:
        """What was set there."""

    async def write(self, live: LiveConfiguration, key: str, value: Any) -> bool:
        """Set it there. False if it does not hold yet."""

    async def erase(self, live: LiveConfiguration, key: str) -> bool:
        """Take away what was set there. False if that does not hold yet."""

    def exceptions(self, configuration: Configuration, key: str) -> str:
        """A sentence on where it does not hold all the same; '' if there is no such place."""


@dataclass(frozen=True, slots=True)
class OneRoom:
    """This room only."""

    room_id: str
    who = Who.SETTERS
    where = "in this room"

    def settings(self, configuration: Configuration) -> RoomSettings:
        return configuration.for_room(self.room_id)

    def own(self, configuration: Configuration) -> Mapping[str, Any]:
        return configuration.rooms.get(self.room_id, {})

    async def write(self, live: LiveConfiguration, key: str, value: Any) -> bool:
        return await live.set_room(self.room_id, key, value)

    async def erase(self, live: LiveConfiguration, key: str) -> bool:
        return await live.unset_room(self.room_id, key)

    def exceptions(self, configuration: Configuration, key: str) -> str:  # noqa: ARG002
        return ""


@dataclass(frozen=True, slots=True)
class Everywhere:
    """The defaults. `room_id` is where that is said."""

    room_id: str
    who = Who.ADMINS
    where = "everywhere"

    def settings(self, configuration: Configuration) -> RoomSettings:
        return configuration.defaults

    def own(self, configuration: Configuration) -> Mapping[str, Any]:
        values = {one.name: getattr(configuration.defaults, one.name) for one in fields(_BUILT_IN)}
        return {key: value for key, value in values.items() if value != getattr(_BUILT_IN, key)}

    async def write(self, live: LiveConfiguration, key: str, value: Any) -> bool:
        return await live.set_default(key, value)

    async def erase(self, live: LiveConfiguration, key: str) -> bool:
        configuration, value = live.current, getattr(_BUILT_IN, key)
        there = configuration.providers, (*configuration.tools, *BUILT_IN_TOOLS)
        if problems := names_unknown(key, key, value, *there):
            raise ConfigError(problems)
        return await live.set_default(key, value)

    def exceptions(self, configuration: Configuration, key: str) -> str:
        rooms = [room_id for room_id, own in configuration.rooms.items() if key in own]
        if not rooms:
            return ""
        this = ", this one among them" if self.room_id in rooms else ""
        return f"Unchanged in {count(len(rooms), 'room')} with its own {code(key)}{this}."
