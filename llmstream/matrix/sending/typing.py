"""Typing: the room sees that somebody writes, for as long as anybody does.

It costs nothing of the account's budget (Synapse counts events only) and is never worth an error.
"""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from weakref import WeakKeyDictionary

from mautrix.client import Client
from mautrix.types import RoomID

log = logging.getLogger(__name__)

# Seconds. The specification wants a renewal well before the server's time-out.
_TIMEOUT, _RENEW = 30.0, 20.0
# How long one request may take, and how long the end of typing may hold up who ends it.
_PATIENCE = 5.0


class Typing:
    """Typing in a room while the `async with` block runs; it ends on every way out.

    Blocks may overlap, in one room and with one client: typing ends with the last of them. The
    block never waits for the server to begin, and at its end no longer than 5 seconds.
    """

    def __init__(self, client: Client, room_id: str) -> None:
        self._client = client
        self._room_id = RoomID(room_id)
        self._room: _Room | None = None

    async def __aenter__(self) -> None:
        rooms = _rooms.setdefault(self._client, {})
        self._room = rooms.get(self._room_id)
        if self._room is None:
            self._room = rooms[self._room_id] = _Room(self._client, self._room_id)
        self._room.writers += 1
        self._room.changed.set()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if room := self._room:
            room.writers -= 1
            room.changed.set()
            if not room.writers:
                await asyncio.wait({room.task}, timeout=_PATIENCE)


class _Room:
    """One room's typing. All requests come from one task, so that none overtakes another."""

    def __init__(self, client: Client, room_id: RoomID) -> None:
        self.writers = 0
        self.changed = asyncio.Event()
        self._client = client
        self._room_id = room_id
        self.task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        await self.changed.wait()
        while self.writers:
            await self._set(_TIMEOUT)
            await self._until_all_stopped()
            if not self.writers:
                await self._set(0)
        del _rooms[self._client][self._room_id]

    async def _until_all_stopped(self) -> None:
        """Returns earlier where typing has to be renewed."""
        try:
            async with asyncio.timeout(_RENEW):
                while self.writers:
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            pass

    async def _set(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._client.set_typing(self._room_id, timeout=int(seconds * 1000))
        except Exception as error:
            log.debug("Typing in %s could not be set: %s", self._room_id, type(error).__name__)


_rooms: WeakKeyDictionary[Client, dict[RoomID, _Room]] = WeakKeyDictionary()
