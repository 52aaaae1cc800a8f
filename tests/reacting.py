"""People who press buttons: their reactions, as a client's sync brings them."""

from __future__ import annotations

import asyncio
from typing import Any

from mautrix.client import Client, SyncStream
from mautrix.types import ReactionEvent

from tests.posting import ALICE, ROOM


async def react(client: Client, key: str, event_id: str, sender: str = ALICE) -> None:
    """Let the client hear a reaction; in virtual time, returns when its handlers are done."""
    relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
    event: Any = {
        "type": "m.reaction",
        "event_id": "$reaction",
        "room_id": ROOM,
        "sender": sender,
        "origin_server_ts": 0,
        "content": {"m.relates_to": relation},
    }
    reaction: Any = ReactionEvent.deserialize(event)
    stream = SyncStream.JOINED_ROOM | SyncStream.TIMELINE
    client.dispatch_event(reaction, stream)
    await asyncio.sleep(0.001)
