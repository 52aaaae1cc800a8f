"""What is heard: the events of a room, and to whom they are given.

They can have any shape, for strangers send them. They are read by matrix/reading, which lets
nothing through that could not be kept or sent; what is not whole is not heard.

What we send ourselves comes back, each edit of it, and with it the server says each time that we
are in the room: both are passed over at once.

What is encrypted comes through sealed.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any

from mautrix.client import EventHandler, InternalEventType, SyncStream
from mautrix.types import EventType

from ...matrix.reading.annotations import annotation_in
from ...matrix.reading.bridges import STATE
from ...matrix.reading.in_words import POLLS, STICKER
from ...matrix.reading.raw import Raw, as_raw, at, identifier, objects, text, timelines
from ...matrix.reading.said import read
from ..answering.repair import repair_all, repair_room
from ..for_admins import shut_out
from ..instance import Instance
from ..key_exchange import KeyExchange
from ..own_device import note_own_device
from ..room.decryption import Decrypted
from .invites import Invites
from .last_heard import LastHeard
from .late import Late
from .missed import catch_up
from .pressed import Pressed
from .questions import hear
from .reactions import reacted
from .redactions import redacted
from .sealed import Sealed
from .upgrades import Upgrades


class Handlers:
    """The ears of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._invites = Invites(instance)
        self._last_heard = LastHeard(instance)
        self._meanwhile: set[asyncio.Task[None]] = set()
        self._upgrades = Upgrades(instance, self._invites)
        self._pressed = Pressed(instance)
        self._late = Late(instance, self._last_heard, self._do_meanwhile)
        self._sealed = Sealed(instance, self._opened, self._do_meanwhile)
        self._own_membership: dict[str, str] = {}  # the event that says so, by room
        self._api = instance.client.api
        self._keys = KeyExchange.of(instance.client)
        self.of_types: Mapping[EventType | InternalEventType, EventHandler] = {
            InternalEventType.SYNC_SUCCESSFUL: self._synced,
            InternalEventType.SYNC_STOPPED: self._last_heard.stopped,
            EventType.ROOM_MESSAGE: self._message,
            **dict.fromkeys(
                (EventType.find(kind, EventType.Class.MESSAGE) for kind in (STICKER, *POLLS)),
                self._message,
            ),
            EventType.ROOM_ENCRYPTED: self._sealed.heard,
            EventType.REACTION: self._reaction,
            EventType.ROOM_REDACTION: self._redaction,
            EventType.ROOM_MEMBER: self._member,
            EventType.ROOM_HISTORY_VISIBILITY: self._visibility,
            EventType.ROOM_POWER_LEVELS: self._power,
            EventType.ROOM_TOMBSTONE: self._tombstone,
            EventType.ROOM_NAME: self._renamed,
            EventType.ROOM_CANONICAL_ALIAS: self._renamed,
            EventType.find("m.direct", EventType.Class.ACCOUNT_DATA): self._direct_chats,
            **dict.fromkeys(
                (EventType.find(kind, EventType.Class.STATE) for kind in STATE), self._capability
            ),
        }

    def begin(self) -> None:
        """Hear what comes from now on, and what has come since an earlier process heard."""
        self._do_meanwhile(catch_up(self._instance, self._last_heard, self._came_meanwhile))
        self._keys.listen()
        for kind, handler in self.of_types.items():
            self._instance.client.add_event_handler(kind, handler)

    async def end(self) -> None:
        """Hear nothing more."""
        self._keys.leave()
        for kind, handler in self.of_types.items():
            self._instance.client.remove_event_handler(kind, handler)
        is_hearing = self._instance.running.is_hearing
        for task in (doing := self._meanwhile):
            task.cancel()
        await asyncio.gather(*doing, return_exceptions=True)
        await self._last_heard.close(is_hearing=is_hearing)
        await self._keys.done()

    def _do_meanwhile(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this while other events are heard, at the longest until nothing is heard any more."""
        task = asyncio.create_task(work)
        self._meanwhile.add(task)
        task.add_done_callback(self._meanwhile.discard)

    def _may_speak(self, room_id: str) -> None:
        """What was refused in this room before may be taken now."""
        self._do_meanwhile(repair_room(self._instance, room_id))

    async def _synced(self, event: Any) -> None:
        """maubot gives out nothing of its first sync, which holds what came meanwhile, and is
        often waited for until the first question comes. What came since we started is heard.
        """
        sync, client = event["data"], self._instance.client
        self._last_heard.synced(sync)
        if client.api is not self._api:
            self._api = client.api
            self._keys.leave()
            self._keys = KeyExchange.of(client)
            self._keys.listen()
            self._do_meanwhile(self._has_new_client())
        if not (at(sync, "net.maunium.mautrix").get("is_first") and client.ignore_first_sync):
            return
        self._came_meanwhile(sync)
        for _, events in timelines(sync):
            for raw in events:
                if self._instance.is_younger(raw):
                    await self._passed_over(raw)

    def _came_meanwhile(self, sync: Raw) -> None:
        """What counts whenever it was said: into which rooms we are called, what is removed, which
        buttons are pressed.
        """
        self._do_meanwhile(self._pressed.meanwhile(sync))
        called = at(sync, "rooms", "invite")
        for room_id in called:
            state = at(called, room_id, "invite_state")
            self._do_meanwhile(self._called({"room_id": room_id}, state))
        for _, events in timelines(sync):
            for raw in events:
                if raw.get("type") == "m.room.tombstone" and "state_key" in raw:
                    self._do_meanwhile(self._tombstone(raw))
                elif raw.get("type") == "m.room.redaction":
                    self._do_meanwhile(self._redaction(raw))

    async def _called(self, room: Raw, invite_state: Raw) -> None:
        events = objects(invite_state, "events")
        for raw in events:
            if raw.get("type") == "m.room.member" and (
                raw.get("state_key") == self._instance.client.mxid
            ):
                around = {"invite_room_state": events}
                await self._invited({**raw, **room, "unsigned": around})

    async def _has_new_client(self) -> None:
        """The account has another token or device: what the old one could not say can be said."""
        self._instance.told_no_key.clear()
        await note_own_device(self._instance)
        await repair_all(self._instance)

    async def _passed_over(self, raw: Raw) -> None:
        is_of = EventType.Class.STATE if "state_key" in raw else EventType.Class.MESSAGE
        handler = self.of_types.get(EventType.find(text(raw, "type"), is_of))
        if handler and raw.get("type") not in ("m.room.tombstone", "m.room.redaction"):
            heard: Any = raw
            await handler(heard)

    async def _opened(self, raw: Raw, clear: Decrypted) -> None:
        if clear.raw.get("type") == "m.reaction":
            await self._reacted(clear.raw, clear)
        else:
            await self._said(raw, clear)

    async def _message(self, event: Any) -> None:
        if getattr(event, "sender", None) == self._instance.client.mxid:
            return
        self._instance.running.keep_this()
        raw = as_raw(event)
        if not await self._sealed.is_copy(raw):
            await self._said(raw)

    async def _reaction(self, event: Any) -> None:
        self._instance.running.keep_this()
        raw = as_raw(event)
        if not await self._sealed.is_copy(raw):
            await self._reacted(raw)

    async def _said(self, raw: Raw, clear: Decrypted | None = None) -> None:
        said, instance = read(clear.raw if clear else raw), self._instance
        if said and said.event_id and said.room_id and said.sender:
            if instance.is_younger(raw):  # whatever its clock says
                said = replace(said, sent_at=max(said.sent_at, instance.started_at))
            else:
                self._late.came(raw)
            await hear(instance, replace(said, encrypted_by=clear.by if clear else ""))

    async def _reacted(self, raw: Raw, clear: Decrypted | None = None) -> None:
        if reaction := annotation_in(raw):
            self._pressed.is_heard(raw)
            by_sender = clear is not None and clear.by == "sender"
            await reacted(self._instance, reaction, is_from_sender=by_sender)

    async def _redaction(self, event: Any) -> None:
        raw = as_raw(event)
        if raw.get("sender") == self._instance.client.mxid:  # what has taken its place is not gone
            return
        self._instance.running.keep_this()
        # From room version 11 on the event is named in the content; Synapse has it in both places.
        redacts = identifier(raw, "redacts") or identifier(at(raw, "content"), "redacts")
        if redacts and (room_id := identifier(raw, "room_id")):
            await redacted(self._instance, room_id, redacts)

    async def _member(self, event: Any) -> None:
        raw = as_raw(event)
        room_id, member = identifier(raw, "room_id"), identifier(raw, "state_key")
        is_own = member == self._instance.client.mxid
        if not room_id or not member or (is_own and self._is_known(room_id, raw)):
            return
        content = at(raw, "content")
        membership = text(content, "membership")
        is_in = membership == "join"
        people = self._instance.people
        people.changed(room_id, member, text(content, "displayname") if is_in else None)
        if not is_own:
            if is_in:
                self._instance.capabilities.joined(room_id, member)
            return
        # Invites, and that we had left, come once more as parts of the room's past.
        stream = SyncStream.JOINED_ROOM if isinstance(event, Mapping) else event.source
        if stream & SyncStream.INVITED_ROOM:
            await self._invited(raw)
        elif is_in:
            if not await self._invites.joined(room_id):
                return
            if text(at(raw, "unsigned", "prev_content"), "membership") != "join":
                await self._upgrades.entered(room_id)
            self._may_speak(room_id)
        elif membership in ("leave", "ban"):
            people.forget(room_id)
            if not stream & SyncStream.LEFT_ROOM:
                return
            await shut_out(self._instance, room_id)
            await self._invites.left(room_id)
            await self._instance.configuration.forget_room(room_id)

    async def _invited(self, raw: Raw) -> None:
        await self._invites.invited(
            identifier(raw, "room_id"),
            identifier(raw, "sender"),
            is_direct=at(raw, "content").get("is_direct") is True,
            created_by=_creator(raw),
        )

    def _is_known(self, room_id: str, raw: Raw) -> bool:
        """Whether it was seen to before: what we are here comes along with what we send."""
        event_id, before = identifier(raw, "event_id"), self._own_membership.get(room_id)
        self._own_membership[room_id] = event_id
        return event_id == before != ""

    async def _visibility(self, event: Any) -> None:
        if room_id := identifier(as_raw(event), "room_id"):
            self._instance.visibility.forget(room_id)

    async def _power(self, event: Any) -> None:
        if room_id := identifier(as_raw(event), "room_id"):
            self._may_speak(room_id)

    async def _tombstone(self, event: Any) -> None:
        """What is being written may find no end here any more, but in the new room."""
        if room_id := identifier(as_raw(event), "room_id"):
            await self._upgrades.ended(room_id)
            self._may_speak(room_id)

    async def _renamed(self, event: Any) -> None:
        if room_id := identifier(as_raw(event), "room_id"):
            self._instance.direct_chats.renamed(room_id)

    async def _direct_chats(self, event: Any) -> None:
        self._instance.direct_chats.told(at(as_raw(event), "content"))

    async def _capability(self, event: Any) -> None:
        if room_id := identifier(as_raw(event), "room_id"):
            self._instance.capabilities.forget(room_id)


def _creator(invite: Raw) -> str:
    """Who made the room, by what was sent along with an invite."""
    for one in objects(at(invite, "unsigned"), "invite_room_state"):
        if one.get("type") == "m.room.create":
            return identifier(one, "sender")
    return ""
