"""Whether a room is encrypted, for any mautrix client, without asking for every event."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary, ref

from mautrix.api import Method, Path
from mautrix.client import Client, InternalEventType
from mautrix.errors import MNotFound
from mautrix.types import EventType, RoomID

log = logging.getLogger(__name__)

_ENCRYPTION = str(EventType.ROOM_ENCRYPTION)

# For so many seconds a room stays without encryption whose server has just said so. A client that
# syncs hears of it before, unless its server leaves something out.
_CLEAR_FOR = 60.0


async def is_encrypted(client: Client, room_id: str) -> bool:
    """Whether events for this room must be encrypted.

    The server is asked where the client's state store does not know, or fails as databases may,
    and then not again for a minute; nor is the store, as long as the client's syncs bring nothing
    else.

    Raises:
        MatrixError: The server would not say.
    """
    room, clear = RoomID(room_id), _Clear.of(client)
    if room in clear.no_more:
        return True
    if clear.is_heard(room):
        return False
    try:
        known = await client.state_store.is_encrypted(room) if client.state_store else None
    except Exception:
        log.warning("The state store fails: %s is asked of the server", room, exc_info=True)
        state = Path.v3.rooms[room].state[_ENCRYPTION]
        return await _server_has(clear, room, lambda: client.api.request(Method.GET, state))
    if known is not None:
        return known
    # mautrix puts what it learns here into the state store.
    kind = EventType.ROOM_ENCRYPTION
    return await _server_has(clear, room, lambda: client.get_state_event(room, kind))


async def _server_has(clear: _Clear, room: RoomID, ask: Callable[[], Awaitable[Any]]) -> bool:
    """Whether the room has that state, or is known since lately to have none."""
    clear.listen()
    if clear.is_said(room):
        return False
    try:
        await ask()
    except MNotFound:
        clear.say(room)
        return room in clear.no_more
    return True


class _Clear:
    """Rooms of one client that are not encrypted, as its server has said lately.

    Its syncs are heard while that is worth something, and always while the server is asked: what
    comes meanwhile is newer than what it answers.

    Attributes:
        no_more: Rooms that were heard to become encrypted; they stay so.
    """

    def __init__(self, client: Client) -> None:
        self.no_more: set[RoomID] = set()
        self._client = ref(client)
        self._until: dict[RoomID, float] = {}
        self._sync: asyncio.Future[Any] | None = None
        self._end: asyncio.TimerHandle | None = None
        self._time = asyncio.get_running_loop().time

    @classmethod
    def of(cls, client: Client) -> _Clear:
        """The client's one."""
        if client not in _of_clients:
            _of_clients[client] = cls(client)
        return _of_clients[client]

    def is_said(self, room: RoomID) -> bool:
        """Whether the server has said so a short while ago."""
        now = self._time()
        return now < self._until.get(room, now)

    def is_heard(self, room: RoomID) -> bool:
        """Whether it has, and every sync since then was heard: nobody need be asked."""
        return self._sync is not None and self._sync is self._syncing and self.is_said(room)

    def say(self, room: RoomID) -> None:
        """The server has said so."""
        self._until[room] = self._time() + _CLEAR_FOR

    def listen(self) -> None:
        """Hear the syncs, for as long as what the server says now may count."""
        client, sync = self._client(), self._syncing
        if sync is not self._sync:  # what came in between, nobody has heard
            self._until.clear()
            self._sync = sync
        if client is None or sync is None:
            return
        if self._end:
            self._end.cancel()
        else:
            client.add_event_handler(
                InternalEventType.SYNC_SUCCESSFUL, self._synced, wait_sync=True
            )
        self._end = asyncio.get_running_loop().call_later(2 * _CLEAR_FOR, self._stop)

    @property
    def _syncing(self) -> asyncio.Future[Any] | None:
        sync: asyncio.Future[Any] | None = getattr(self._client(), "syncing_task", None)
        return None if sync is None or sync.done() else sync

    async def _synced(self, event: Any) -> None:
        """A sync has come, also one that mautrix drops."""
        for room, brought in event["data"].get("rooms", {}).get("join", {}).items():
            parts = (brought.get(part, {}).get("events", ()) for part in ("state", "timeline"))
            if any(map(_is_encryption, chain.from_iterable(parts))):
                self.no_more.add(room)

    def _stop(self) -> None:
        client, self._end, self._sync = self._client(), None, None
        if client:
            client.remove_event_handler(InternalEventType.SYNC_SUCCESSFUL, self._synced)


def _is_encryption(raw: Mapping[str, Any]) -> bool:
    """Anybody may send a message of that type, and state under a key of their own."""
    return raw.get("type") == _ENCRYPTION and raw.get("state_key") == ""


_of_clients: WeakKeyDictionary[Client, _Clear] = WeakKeyDictionary()
