"""What was sent to many rooms, with what came encrypted decrypted, as far as that can be.

What is made of it is missed.py's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from mautrix.client import Client

from ...matrix.reading.raw import Raw, identifier
from ...matrix.reading.said import Said, read_all
from ..room.decryption import decrypted

REMOVED = "m.room.redaction"


async def opened(
    client: Client, rooms: Mapping[str, list[Raw]], patience: float
) -> tuple[dict[str, list[Said]], dict[str, list[Raw]]]:
    """What is said in these rooms, edits applied; and what cannot be decrypted now, with what was
    removed there.

    Args:
        patience: Seconds in which keys may still come.
    """
    sealed = [raw for raws in rooms.values() for raw in raws if is_sealed(raw)]
    found = await asyncio.gather(*(decrypted(client, raw, patience=patience) for raw in sealed))
    clear = {identifier(one.raw, "event_id"): one for one in found if one}
    said, left = {}, {}
    for room_id, raws in rooms.items():
        here = [one for raw in raws if (one := clear.get(identifier(raw, "event_id")))]
        plain = [raw for raw in raws if not is_sealed(raw)]
        said[room_id] = [
            replace(one, encrypted_by=clear[one.event_id].by) if one.event_id in clear else one
            for one in read_all([*plain, *(one.raw for one in here)])
        ]
        closed = [
            raw for raw in raws if is_sealed(raw) and identifier(raw, "event_id") not in clear
        ]
        if closed:
            left[room_id] = closed + [raw for raw in plain if raw.get("type") == REMOVED]
    return said, left


def is_sealed(raw: Raw) -> bool:
    """Whether it came encrypted."""
    return raw.get("type") == "m.room.encrypted"
