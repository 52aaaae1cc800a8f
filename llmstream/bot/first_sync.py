"""What a client's first sync brings besides messages, and maubot drops with them: keys, devices,
and who is in encrypted rooms.

maubot leaves out the first sync after a start, so that no plugin answers what is old
(`ignore_first_sync`). With it goes the key of every conversation that began anew while it was
down: what is said there could not be read for a hundred messages more. And whoever came in
meanwhile would get no keys of ours.

That sync is often over before a plugin is started. What maubot asks a plugin's class first comes
early enough, and `keep` is called there. What was said is for incoming/handlers.py.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from weakref import WeakSet

from maubot.client import Client as Account
from mautrix.client import Client, InternalEventType
from mautrix.client.state_store import StateStore
from mautrix.types import EventType, RoomID, StateEvent

from ..matrix.reading.raw import Raw, at
from .key_exchange import KeyExchange

log = logging.getLogger("llmstream.first_sync")

_OF_DEVICES = ("device_one_time_keys_count", "device_lists", "to_device")
_OF_ROOMS = ("m.room.member", "m.room.encryption")

# Seconds in which a plugin is loaded and its instances are started, which then take keys
# themselves.
_LOADED_IN = 60.0


def keep(plugin: str) -> None:
    """Keep what the next sync brings, if it is the first, of all clients with such a plugin; and
    the keys of those after it.
    """
    for account in list(Account.cache.values()):
        if any(instance.type == plugin for instance in account.references):
            listen(account.client)


def listen(client: Client) -> None:
    """The same, of one client."""
    if client not in _heard:
        _heard.add(client)
        KeyExchange.of(client).listen_for(_LOADED_IN)
        # The next sync, with which the server forgets what this one has brought, waits for it.
        client.add_event_handler(
            InternalEventType.SYNC_SUCCESSFUL, _Listener(client).synced, wait_sync=True
        )


_heard: WeakSet[Client] = WeakSet()


class _Listener:
    """Hears one sync of a client, whichever comes next."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def synced(self, event: Any) -> None:
        client, sync = self._client, event["data"]
        client.remove_event_handler(InternalEventType.SYNC_SUCCESSFUL, self.synced)
        _heard.discard(client)
        place = at(sync, "net.maunium.mautrix")
        is_dropped = place.get("is_first") and client.ignore_first_sync
        store = client.state_store
        if not is_dropped or place.get("is_initial") or not client.crypto or not store:
            return
        rooms = at(sync, "rooms", "join")
        for room_id in rooms:
            await _room(client, store, RoomID(room_id), at(rooms, room_id))
        brought: Any = {key: sync[key] for key in _OF_DEVICES if key in sync}
        await asyncio.gather(*client.handle_sync(brought))


async def _room(client: Client, store: StateStore, room_id: RoomID, room: Raw) -> None:
    """Who came and went, and whether it is encrypted now."""
    try:
        for raw in (*at(room, "state").get("events", ()), *at(room, "timeline").get("events", ())):
            if raw.get("type") in _OF_ROOMS and "state_key" in raw:
                await _changed(client, store, {**raw, "room_id": room_id})
        # Of who came in a part that was left out, the server says nothing: maubot asks it not to.
        if at(room, "timeline").get("limited") and await store.is_encrypted(room_id):
            await client.get_joined_members(room_id)
            await client.crypto.crypto_store.remove_outbound_group_session(room_id)
    except Exception:
        log.exception("What changed in %s while maubot was down is not all known", room_id)


async def _changed(client: Client, store: StateStore, raw: Any) -> None:
    event = StateEvent.deserialize(raw)
    event.type = event.type.with_class(EventType.Class.STATE)
    await store.update_state(event)
    if event.type == EventType.ROOM_MEMBER:
        await client.crypto.handle_member_event(event)
