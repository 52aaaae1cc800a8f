"""Whether a room is encrypted, for any mautrix client, without asking for every event."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from aiohttp import ClientError
from mautrix.client import Client
from mautrix.errors import MatrixError, MNotFound
from mautrix.types import EventType, RoomID

# A client that does not sync never hears that a room has become encrypted: it asks again.
_CLEAR_FOR = 60.0


class Unknown(MatrixError):
    """The client's state store fails, which a bot's own database may: nobody can say now."""


async def is_encrypted(client: Client, room_id: str) -> bool:
    """Whether events for this room must be encrypted.

    The client's state store is asked each time; the server only where that does not know, and then
    not again for a minute.

    Raises:
        MatrixError: The server would not say, or (`Unknown`) the state store fails.
    """
    try:
        return await _asked(client, RoomID(room_id))
    except (MatrixError, ClientError, TimeoutError):
        raise
    except Exception as error:  # whatever a database raises
        raise Unknown(f"the state store fails: {type(error).__name__}") from error


async def _asked(client: Client, room: RoomID) -> bool:
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
