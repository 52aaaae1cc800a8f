"""Somebody whose client encrypts, and a bot that can decrypt: real olm, no server."""

from __future__ import annotations

import json
from typing import Any, cast

import olm
from mautrix.client import Client
from mautrix.client.state_store import MemoryStateStore
from mautrix.crypto import OlmMachine
from mautrix.crypto.sessions import InboundGroupSession
from mautrix.crypto.store import MemoryCryptoStore, StateStore
from mautrix.types import (
    DeviceID,
    DeviceIdentity,
    IdentityKey,
    RoomID,
    SessionID,
    SigningKey,
    TrustState,
    UserID,
)

from .rooms import ROOM

SIGN, IDENTITY = SigningKey("sign"), IdentityKey("identity")


class Sender:
    """Somebody who sends encrypted events, and shares the key with the bot's client or not."""

    def __init__(self) -> None:
        self._session = olm.OutboundGroupSession()
        self.inbound = InboundGroupSession(self._session.session_key, SIGN, IDENTITY, RoomID(ROOM))

    def encrypted(self, content: Any, **clear: Any) -> dict[str, Any]:
        """The content of an encrypted message; `clear` stands beside what is encrypted."""
        plain = {"room_id": ROOM, "type": "m.room.message", "content": content}
        return {
            "algorithm": "m.megolm.v1.aes-sha2",
            "ciphertext": self._session.encrypt(json.dumps(plain)),
            "session_id": self._session.id,
            **clear,
        }


async def crypto(client: Client, known: Sender, *, of: str = "") -> OlmMachine:
    """A machine that has the key of `known`, and knows its device as one of the user `of`."""
    if client.state_store is None:
        client.state_store = MemoryStateStore()
    store = MemoryCryptoStore("account", "key")
    await store.put_group_session(
        RoomID(ROOM), IDENTITY, SessionID(known.inbound.id), known.inbound
    )
    if of:
        device = DeviceIdentity(
            user_id=UserID(of),
            device_id=DeviceID("PHONE"),
            identity_key=IDENTITY,
            signing_key=SIGN,
            trust=TrustState.VERIFIED,
            deleted=False,
            name="phone",
        )
        await store.put_devices(UserID(of), {device.device_id: device})
    machine = OlmMachine(client, store, cast(StateStore, client.state_store))
    await machine.load()
    return machine
