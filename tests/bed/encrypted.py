"""A person whose client encrypts what it says in encrypted rooms, and decrypts what it reads.

    async with bed.person("alice", EncryptedPerson) as alice:
        room = await bed.room(alice, bot, state=[ENCRYPTION])

The bot needs nothing for it: maubot encrypts by itself where python-olm is installed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
from mautrix.client import Client as MautrixClient
from mautrix.client.state_store import MemoryStateStore
from mautrix.crypto import MemoryCryptoStore, OlmMachine, StateStore
from mautrix.errors import DecryptionError
from mautrix.types import (
    CrossSigningUsage,
    EncryptedEvent,
    EventType,
    RoomID,
    SigningKey,
    TOFUSigningKey,
    UserID,
)

from .person import Person
from .synapse import Account

ENCRYPTION = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}


class EncryptedPerson(Person):
    """Sees events decrypted; `event["encrypted"]` is then the content as the server has it."""

    def __init__(self, account: Account, homeserver: str, http: aiohttp.ClientSession) -> None:
        super().__init__(account, homeserver, http)
        rooms = _Rooms()
        self._olm = MautrixClient(
            UserID(account.user_id),
            base_url=homeserver,
            token=account.access_token,
            device_id=account.device_id,
            client_session=http,
            state_store=rooms,
        )
        self._olm.crypto = OlmMachine(self._olm, _Keys("", "pickle"), rooms)

    async def send(self, room_id: str, event_type: str, content: Mapping[str, Any]) -> str:
        kind = EventType.find(event_type, EventType.Class.MESSAGE)
        whole: Any = dict(content)
        return await self._olm.send_message_event(RoomID(room_id), kind, whole)

    async def forgets_its_key(self, room_id: str) -> None:
        """What it says next in this room, it says with a new one."""
        await self._olm.crypto.crypto_store.remove_outbound_group_session(RoomID(room_id))

    async def _arrive(self) -> None:
        await self._olm.crypto.load()
        await self._olm.crypto.share_keys(0)

    async def _read(self, answer: dict[str, Any]) -> dict[str, Any]:
        brought: Any = answer
        await asyncio.gather(*self._olm.handle_sync(brought))
        for room_id, room in answer.get("rooms", {}).get("join", {}).items():
            for event in room.get("timeline", {}).get("events", ()):
                if event["type"] == "m.room.encrypted":
                    await self._decrypt(room_id, event)
        return answer

    async def _decrypt(self, room_id: str, event: Any) -> None:
        encrypted = EncryptedEvent.deserialize(event | {"room_id": room_id})
        try:
            clear = await self._olm.crypto.decrypt_megolm_event(encrypted)
        except DecryptionError:
            return
        event["encrypted"] = event["content"]
        event["type"] = str(clear.type)
        event["content"] = clear.content.serialize()


class _Keys(MemoryCryptoStore):
    """mautrix 0.21.1 cannot keep a key of an account that it has already."""

    async def put_cross_signing_key(
        self, user_id: UserID, usage: CrossSigningUsage, key: SigningKey
    ) -> None:
        known = self._cross_signing_keys.setdefault(user_id, {})
        known[usage] = TOFUSigningKey(key, known[usage].first if usage in known else key)


class _Rooms(MemoryStateStore, StateStore):  # type: ignore[misc]  # alike but for the names of arguments
    """What is known of the rooms, as encryption asks for it."""

    async def find_shared_rooms(self, user_id: UserID) -> list[RoomID]:
        return [room_id for room_id, members in self.members.items() if user_id in members]
