"""Who is in a room and who has made it, what they are called, and how much power they have there.

The server is asked when a room is first looked at. From then on each member's change is put into
what is known; all of it is read again once it is old, for a sync that has fallen behind leaves
changes out.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mautrix.api import Path
from mautrix.client import Client
from mautrix.errors import MatrixError

from ...matrix.reading.raw import Raw, at, identifier, text
from .inquiry import inquire

_CREATORS_RULE = 12  # from this room version on, creators stand above all power levels
_ABOVE_ALL = 2**53
_LEVEL = re.compile(r"\s*-?[0-9]{1,16}\s*")


OLD_AFTER = 600.0
"""Seconds after which the members of a room are read again."""


@dataclass(eq=False, slots=True)
class _Room:
    names: dict[str, str] = field(default_factory=dict)
    changes: list[tuple[str, str | None]] = field(default_factory=list)
    read_at: float = float("-inf")
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def change(self, user_id: str, name: str | None) -> None:
        if name is None:
            self.names.pop(user_id, None)
        else:
            self.names[user_id] = name


def server_of(user_id: str) -> str:
    """The server in a user id."""
    return user_id.partition(":")[2]


def _names(members: Raw) -> dict[str, str]:
    """Takes a while in a room of many thousands: call it off the event loop."""
    return {user: text(at(members, user), "display_name") for user in members}


class People:
    """The members of the rooms that we are in."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._rooms: dict[str, _Room] = {}
        self._servers: dict[str, str] = {}

    async def joined(self, room_id: str) -> Mapping[str, str]:
        """Display names ('' where there is none) by user id.

        Empty where the server does not say.
        """
        now = asyncio.get_running_loop().time()
        room = self._rooms.setdefault(room_id, _Room())
        async with room.reading:
            if room.read_at + OLD_AFTER < now:
                room.changes.clear()
                try:
                    answer = await inquire(self._client, Path.v3.rooms[room_id].joined_members)
                except MatrixError:
                    return room.names
                if not (names := await asyncio.to_thread(_names, at(answer, "joined"))):
                    return room.names  # no room that speaks to us is empty
                room.names, room.read_at = names, now
                for user_id, name in room.changes:  # what came while we were reading
                    room.change(user_id, name)
        return room.names

    def changed(self, room_id: str, user_id: str, name: str | None) -> None:
        """Somebody is in the room, and called so; or no more, where the name is None."""
        if room := self._rooms.get(room_id):
            room.change(user_id, name)
            if room.reading.locked():
                room.changes.append((user_id, name))

    def forget(self, room_id: str) -> None:
        """We are there no more."""
        self._rooms.pop(room_id, None)
        self._servers.pop(room_id, None)

    async def server(self, room_id: str) -> str:
        """The server of who made a room whose id does not name it; '' where nobody says."""
        if ":" in room_id:
            return ""
        if room_id not in self._servers:
            try:
                create = await self.creation(room_id)
            except (MatrixError, TimeoutError):
                return ""
            self._servers[room_id] = server_of(identifier(create, "sender"))
        return self._servers[room_id]

    async def creation(self, room_id: str) -> Raw:
        """The event with which the room began. Raises `MatrixError`."""
        return await self._state(room_id, "m.room.create", format="event")

    async def power(self, room_id: str, user_id: str) -> int:
        """The power level of a person. Creators of new rooms stand above all levels.

        Raises:
            MatrixError: The server does not say.
        """
        if user_id in await self._creators(room_id):
            return _ABOVE_ALL
        levels = await self._state(room_id, "m.room.power_levels")
        level = at(levels, "users").get(user_id, levels.get("users_default", 0))
        # Rooms of the first versions may have levels as text.
        is_number = isinstance(level, int | str) and _LEVEL.fullmatch(str(level))
        return int(level) if is_number else 0

    async def _creators(self, room_id: str) -> set[str]:
        create = await self.creation(room_id)
        content = at(create, "content")
        version = text(content, "room_version") or "1"
        if not version.isdecimal() or int(version) < _CREATORS_RULE:
            return set()
        others = content.get("additional_creators")
        named = others if isinstance(others, list) else []
        return {identifier(create, "sender"), *(one for one in named if isinstance(one, str))}

    async def _state(self, room_id: str, kind: str, **query: str) -> Raw:
        path = Path.v3.rooms[room_id].state[kind]
        return await inquire(self._client, path, **query)
