"""Whether a room is encrypted, for any mautrix client, without asking for every event."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from mautrix.client import Client
from mautrix.errors import MNotFound
from mautrix.types import EventType, RoomID

# A client that does not sync never hears that a room has become encrypted: it asks again.
_CLEAR_FOR = 60.0


async def is_encrypted(client: Client, room_id: str) -> bool:
    """Whether events for this room must be encrypted.

    The client's state store is asked each time; the server only where that does not know, and then
    not again for a minute.

    Raises:
        MatrixError: The server would not say.
    """
    room = RoomID(room_id)
    known = await client.state_store.is_encrypted(room) if client.state_store else None
    if known is not None:
        return known
    now = asyncio.get_running_loop().time()
    clear_until = _clear_until.setdefault(client, {})
    if now < clear_until.get(room, now):
        return False
    try:
        # mautrix puts what it learns here into the state store.
        await client.get_state_event(room, EventType.ROOM_ENCRYPTION)
    except MNotFound:
        clear_until[room] = now + _CLEAR_FOR
        return False
    return True


_clear_until: WeakKeyDictionary[Client, dict[RoomID, float]] = WeakKeyDictionary()
