"""Whether a room is encrypted, for any mautrix client, without asking for every event."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

from mautrix.api import Method, Path
from mautrix.client import Client
from mautrix.errors import MNotFound
from mautrix.types import EventType, RoomID

log = logging.getLogger(__name__)

# A client that does not sync never hears that a room has become encrypted: it asks again.
_CLEAR_FOR = 60.0


async def is_encrypted(client: Client, room_id: str) -> bool:
    """Whether events for this room must be encrypted.

    The client's state store is asked each time; the server only where that does not know, or fails
    as databases may, and then not again for a minute.

    Raises:
        MatrixError: The server would not say.
    """
    room = RoomID(room_id)
    try:
        known = await client.state_store.is_encrypted(room) if client.state_store else None
    except Exception:
        log.warning("The state store fails: %s is asked of the server", room, exc_info=True)
        state = Path.v3.rooms[room].state[str(EventType.ROOM_ENCRYPTION)]
        return await _server_has(client, room, lambda: client.api.request(Method.GET, state))
    if known is not None:
        return known
    # mautrix puts what it learns here into the state store.
    kind = EventType.ROOM_ENCRYPTION
    return await _server_has(client, room, lambda: client.get_state_event(room, kind))


async def _server_has(client: Client, room: RoomID, ask: Callable[[], Awaitable[Any]]) -> bool:
    """Whether the room has that state, or is known since lately to have none."""
    now = asyncio.get_running_loop().time()
    clear_until = _clear_until.setdefault(client, {})
    if now < clear_until.get(room, now):
        return False
    try:
        await ask()
    except MNotFound:
        clear_until[room] = now + _CLEAR_FOR
        return False
    return True


_clear_until: WeakKeyDictionary[Client, dict[RoomID, float]] = WeakKeyDictionary()
