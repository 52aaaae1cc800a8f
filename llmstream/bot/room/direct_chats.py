"""Which rooms are direct chats: where the bot is alone with one person, and all that is said is
said to it. What follows from that is triggers.py's.

Those that were made as one are marked in the account data of the bot (`m.direct`), as other
clients do it: an invite says so (`is_direct`), and it has to be known ever after. A room of two
that is not marked is one where it has no name: a group that others have left, or will yet come
into, has one.

Spec: client-server API, "Direct Messaging".
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from mautrix.api import Method, Path, PathBuilder
from mautrix.client import Client
from mautrix.errors import MatrixError, MNotFound, MUnrecognized

from ...matrix.reading.raw import Raw, text
from .inquiry import inquire

Counting: TypeAlias = Literal["auto", "two", "never"]

_NAMES = {"m.room.name": "name", "m.room.canonical_alias": "alias"}
_OLD_AFTER = 600.0


class DirectChats:
    """The direct chats of one account."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._marks: Raw | None = None
        self._marking = asyncio.Lock()
        self._named: dict[str, tuple[bool, float]] = {}

    async def is_one(self, room_id: str, members: int, counting: Counting) -> bool:
        """Whether this room with so many members is one, by `direct_chats` of its settings.

        With more than two people it never is. Where the server does not say, it is none.
        """
        if not 0 < members <= 2 or counting == "never":
            return False
        try:
            return (
                counting == "two"
                or room_id in _rooms(await self._marked())
                or not await self._is_named(room_id)
            )
        except (MatrixError, TimeoutError):
            return False

    async def mark(self, room_id: str, person: str) -> None:
        """This room is a direct chat with that person. Raises `MatrixError`."""
        async with self._marking:
            marks = await self._read()
            if room_id not in _rooms(marks):
                theirs = marks.get(person)
                others = theirs if isinstance(theirs, list) else []
                await self._write({**marks, person: [*others, room_id]})

    async def unmark(self, room_id: str) -> None:
        """We are there no more. Raises `MatrixError`."""
        self._named.pop(room_id, None)
        if room_id not in _rooms(await self._marked()):
            return
        async with self._marking:
            left = {
                person: [one for one in rooms if one != room_id]
                for person, rooms in (await self._read()).items()
                if isinstance(rooms, list)
            }
            await self._write({person: rooms for person, rooms in left.items() if rooms})

    async def follow(self, room_id: str, replacement: str) -> None:
        """Another room takes the place of this one. Raises `MatrixError`."""
        for person, rooms in (await self._marked()).items():
            if isinstance(rooms, list) and room_id in rooms:
                await self.mark(replacement, person)
                return

    def told(self, marks: Raw) -> None:
        """The account data has changed, by whatever client."""
        self._marks = marks

    def renamed(self, room_id: str) -> None:
        """The room's name has changed."""
        self._named.pop(room_id, None)

    async def _marked(self) -> Raw:
        return await self._read() if self._marks is None else self._marks

    async def _read(self) -> Raw:
        try:
            self._marks = await inquire(self._client, self._path)
        except (MNotFound, MUnrecognized):  # it has none, or no account data at all
            self._marks = {}
        return self._marks

    async def _write(self, marks: Mapping[str, Any]) -> None:
        await self._client.api.request(Method.PUT, self._path, content=dict(marks))
        self._marks = marks

    @property
    def _path(self) -> PathBuilder:
        return Path.v3.user[self._client.mxid].account_data["m.direct"]

    async def _is_named(self, room_id: str) -> bool:
        """Whether its members have given the room a name or an address."""
        now = asyncio.get_running_loop().time()
        known, until = self._named.get(room_id, (None, 0.0))
        if known is None or until <= now:
            try:
                known = await self._has_name(room_id)
            except MatrixError:
                if known is None:
                    raise
            else:
                self._named[room_id] = known, now + _OLD_AFTER
        return known

    async def _has_name(self, room_id: str) -> bool:
        named = False
        for kind, key in _NAMES.items():
            try:
                state = await inquire(self._client, Path.v3.rooms[room_id].state[kind])
            except MNotFound:
                continue
            named |= bool(text(state, key))
        return named


def _rooms(marks: Raw) -> set[str]:
    """All rooms that are marked; other clients may write anything there."""
    lists = (rooms for rooms in marks.values() if isinstance(rooms, list))
    return {room_id for rooms in lists for room_id in rooms if isinstance(room_id, str)}
