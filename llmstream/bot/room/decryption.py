"""Events in clear, and whether it was really their sender who encrypted them.

A homeserver can write any name over an event, and whatever it likes into one that it sends in
clear, also what mautrix puts into those that it has decrypted (`event["mautrix"]`). So nothing is
believed of an event that came in clear, and of the others only what comes out of the decryption.
What relates to what stands outside the encryption: there the server is believed.

Spec: client-server API, "Validation of incoming decrypted events".
"""

from __future__ import annotations

import logging
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

from mautrix.client import Client
from mautrix.errors import DecryptionError, SessionNotFound
from mautrix.types import EncryptedEvent, TrustState

from ...matrix.reading.raw import Raw, as_raw

log = logging.getLogger("llmstream.decryption")

_NOT_THEIRS = (TrustState.BLACKLISTED, TrustState.UNKNOWN_DEVICE, TrustState.FORWARDED)


@dataclass(frozen=True, slots=True)
class Decrypted:
    """An event in clear, and who encrypted it: see `Said.encrypted_by`."""

    raw: Raw
    by: Literal["sender", "somebody"]


async def decrypted(client: Client, raw: Raw, *, patience: float = 0.0) -> Decrypted | None:
    """The event in clear; None where it cannot be decrypted.

    Args:
        patience: Wait so many seconds for its key, which may come after the first message.
    """
    if client.crypto is None:
        return None
    try:
        # Deserialising writes into what it is given.
        encrypted: Any = deepcopy(dict(raw))
        event = EncryptedEvent.deserialize(encrypted)
        try:
            clear = await client.crypto.decrypt_megolm_event(event)
        except SessionNotFound as missing:
            if not patience:
                raise
            await client.crypto.wait_for_session(event.room_id, missing.session_id, patience)
            clear = await client.crypto.decrypt_megolm_event(event)
        trust = clear["mautrix"]["trust_state"]
        return Decrypted(as_raw(clear), "somebody" if trust in _NOT_THEIRS else "sender")
    except DecryptionError as error:
        log.debug("An event cannot be decrypted: %s", error)
    except Exception:
        # What was encrypted can have any shape, and mautrix expects the spec's.
        log.debug("An event cannot be decrypted", exc_info=True)
    return None
