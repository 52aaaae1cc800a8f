"""Whether a room is encrypted, for any mautrix client."""

from __future__ import annotations

from typing import Any

from mautrix.errors import MNotFound
from mautrix.types import EventType


async def is_encrypted(client: Any, room_id: str) -> bool:
    """Whether events for this room must be encrypted. Asks the server only where the client does
    not know.

    Raises:
        MatrixError: The server would not say.
    """
    store = client.state_store
    known = await store.is_encrypted(room_id) if store else None
    if known is not None:
        return bool(known)
    try:
        # mautrix puts what it learns here into the state store.
        await client.get_state_event(room_id, EventType.ROOM_ENCRYPTION)
    except MNotFound:
        return False
    return True
