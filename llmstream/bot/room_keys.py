"""The keys to what is said in encrypted rooms, as other devices send them: taken one by one.

mautrix takes all that a sync brings at once. Where two come over a channel that is new (an Olm
session), each is then taken for the first on it, and the second is lost: what is said with its key
could not be read, mostly for a hundred messages. So it is after a downtime in which somebody has
written in two rooms.

mautrix 0.21.1, `OlmDecryptionMachine`: nothing is locked between looking for a session and making
one.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from mautrix.client import Client
from mautrix.types import EventType

log = logging.getLogger("llmstream.room_keys")


class RoomKeys:
    """What one client is sent, between `listen` and `close`. A client may have several of these:
    one of them takes what comes.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._turn = asyncio.Lock()

    def listen(self) -> None:
        """Take what comes from now on; mautrix waits for it with the next sync."""
        self._client.add_event_middleware(EventType.TO_DEVICE_ENCRYPTED, self._take)

    def close(self) -> None:
        """Leave to mautrix what comes from now on."""
        self._client.remove_event_middleware(EventType.TO_DEVICE_ENCRYPTED, self._take)

    async def _take(self, event: Any) -> bool:
        """Returns whether mautrix is to take it."""
        if not self._client.crypto:
            return True
        async with self._turn:
            try:
                await self._client.crypto.handle_to_device_event(event)
            except Exception:
                # Anybody can send anything here.
                log.debug(
                    "What %s has sent to our device cannot be read", event.sender, exc_info=True
                )
        return False
