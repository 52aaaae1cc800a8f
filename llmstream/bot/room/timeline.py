"""What was said in a room, as its homeserver tells it: an event, a thread, what came before.

Fetches and decrypts; chooses nothing (history.py). mautrix's typed helpers are not used: they drop
the bundled edits of encrypted events, and there is none for threads.

Spec: client-server API, "Relationships API", "GET /rooms/{roomId}/messages". Servers bundle the
newest edit with each event, and leave the edits themselves out of a thread, but not out of a room:
one streamed answer is dozens of events there. Some bundle none (Conduit): what seems to be still
being written, and what is to be known for certain, is then looked up.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import TypeAlias

from mautrix.api import Path, PathBuilder
from mautrix.client import Client
from mautrix.errors import MForbidden, MNotFound

from ...matrix.reading.in_words import POLLS, STICKER
from ...matrix.reading.raw import Raw, at, identifier, number, objects, text
from ...matrix.reading.said import Said, bundled_edit, is_edit, read
from .decryption import Decrypted, decrypted
from .inquiry import inquire

PAGE = 100
PAGES = 10

_TYPES = ["m.room.message", "m.room.encrypted", STICKER, *POLLS]

Keep: TypeAlias = Callable[[Said], bool]


class Timeline:
    """One room's events, read for one conversation.

    What is asked of it raises mautrix's errors where the homeserver does not answer.

    Attributes:
        undecryptable: How many of the events that were read could not be decrypted.
    """

    def __init__(self, client: Client, room_id: str) -> None:
        self._client = client
        self._room_id = room_id
        self.undecryptable = 0

    async def event(self, event_id: str) -> Said | None:
        """What this event says; None where it says nothing, or is not for us to see."""
        return await self.as_said(await self.raw(event_id))

    async def edited(self, event_id: str) -> Said | None:
        """The same, with its newest edit also where the server bundles none."""
        return await self.as_said(await self.raw_edited(event_id))

    async def raw(self, event_id: str) -> Raw:
        """This event as the server has it; {} where it is not for us to see."""
        try:
            return await inquire(self._client, Path.v3.rooms[self._room_id].event[event_id])
        except (MNotFound, MForbidden):
            return {}

    async def raw_edited(self, event_id: str) -> Raw:
        """The same, with its newest edit as if the server had bundled it."""
        return await self._with_edit(await self.raw(event_id))

    async def thread(
        self, root: str, *, before: str, keep: Keep, most: int, since: int = 0
    ) -> list[Said]:
        """What was last said in a thread before one of its events, oldest first, without its root.

        At most `most` that `keep` lets pass, sent after `since` (milliseconds since 1970).
        """
        path = Path.v1.rooms[self._room_id].relations[root]["m.thread"]
        events = _after(before, self._pages(path, {}))
        return await self._said(events, keep, most, since)

    async def room(
        self, *, before: str, but_by: str, keep: Keep, most: int, since: int = 0
    ) -> list[Said]:
        """What was last said in the room before an event, oldest first; as `thread`.

        The server leaves out what is by `but_by`: of us it has an event for each edit.
        """
        chosen = {"types": _TYPES, "not_senders": [but_by]}
        return await self._said(self._from(before, "b", chosen), keep, most, since)

    async def replies(self, event_id: str, *, by: str) -> list[tuple[str, Said | None]]:
        """The messages of somebody that answer an event, in a thread or not, oldest first: their
        ids, and what they say as far as that can be read.
        """
        chosen = {"types": _TYPES, "senders": [by]}
        try:
            return [
                (identifier(raw, "event_id"), await self.as_said(raw))
                async for raw in self._from(event_id, "f", chosen)
                if _answers(at(raw, "content", "m.relates_to"), event_id)
            ]
        except (MNotFound, MForbidden):
            return []

    async def _said(
        self, events: AsyncIterator[Raw], keep: Keep, most: int, since: int
    ) -> list[Said]:
        found: list[Said] = []
        async for raw in events:
            if len(found) >= most or (number(raw, "origin_server_ts") or 0) <= since:
                break
            said = None if is_edit(raw) else await self.as_said(raw)
            if said is not None and keep(said):
                found.append(said)
        return found[::-1]

    async def _from(self, event_id: str, direction: str, chosen: Raw) -> AsyncIterator[Raw]:
        """What a filter lets through of what came before an event ("b") or after it ("f").

        It is asked of the server, and seen to here: Conduit takes no notice of filters.
        """
        here = Path.v3.rooms[self._room_id]
        context = await inquire(self._client, here.context[event_id], limit="0")
        # Not from its "end": with nothing after the event, Dendrite has none.
        if start := text(context, "start"):
            query = {"dir": direction, "filter": json.dumps(chosen), "from": start}
            async for raw in self._pages(here.messages, query):
                if _is_let_through(raw, chosen):
                    yield raw

    async def _pages(self, path: PathBuilder, query: dict[str, str]) -> AsyncIterator[Raw]:
        """Each event once: Dendrite begins a page with the event that ended the one before."""
        had = set[str]()
        for _ in range(PAGES):
            page = await inquire(self._client, path, limit=str(PAGE), **query)
            for raw in objects(page, "chunk"):
                event_id = identifier(raw, "event_id")
                if event_id and event_id not in had:
                    had.add(event_id)
                    yield raw
            token = text(page, "next_batch") or text(page, "end")
            if token in ("", query.get("from")):
                return
            query = {**query, "from": token}

    async def _with_edit(self, raw: Raw) -> Raw:
        if not raw or bundled_edit(raw):
            return raw
        path = Path.v1.rooms[self._room_id].relations[identifier(raw, "event_id")]["m.replace"]
        try:
            page = await inquire(self._client, path, limit=str(PAGE))
        except (MNotFound, MForbidden):
            return raw
        # Newest first (spec, "Relationships API"), of whoever has sent them.
        own = (edit for edit in objects(page, "chunk") if edit.get("sender") == raw.get("sender"))
        if edit := next(own, None):
            return {**raw, "unsigned": {**at(raw, "unsigned"), "m.relations": {"m.replace": edit}}}
        return raw

    async def as_said(self, raw: Raw) -> Said | None:
        """What the event says, decrypted, with its newest edit where it matters."""
        said = await self._as_sent(raw)
        if said and said.live and not bundled_edit(raw):
            said = await self._as_sent(await self._with_edit(raw))
        return said

    async def _as_sent(self, raw: Raw) -> Said | None:
        """What the event says, decrypted, with its bundled edit."""
        if raw.get("type") != "m.room.encrypted" or not at(raw, "content").get("ciphertext"):
            return read(raw)
        clear = await self._decrypted(raw)
        if clear is None:
            self.undecryptable += 1
            return None
        edit = await self._decrypted(bundled_edit(raw))
        relations = {"m.replace": edit.raw if edit else {}}
        said = read({**clear.raw, "unsigned": {"m.relations": relations}})
        by_sender = clear.by == "sender" and (edit is None or edit.by == "sender")
        return said and replace(said, encrypted_by="sender" if by_sender else "somebody")

    async def _decrypted(self, raw: Raw) -> Decrypted | None:
        return await decrypted(self._client, {"room_id": self._room_id, **raw}) if raw else None


def _is_let_through(raw: Raw, chosen: Raw) -> bool:
    sender = raw.get("sender")
    is_by_them = sender in chosen.get("senders", [sender])
    return raw.get("type") in chosen["types"] and (
        is_by_them and sender not in chosen.get("not_senders", ())
    )


def _answers(relation: Raw, event_id: str) -> bool:
    """In a thread too, what a message replies to is what it answers; else what began it."""
    in_thread = relation.get("rel_type") == "m.thread" and relation.get("event_id") == event_id
    replied = at(relation, "m.in_reply_to").get("event_id")
    return replied == event_id or (in_thread and not replied)


async def _after(event_id: str, events: AsyncIterator[Raw]) -> AsyncIterator[Raw]:
    is_after = False
    async for raw in events:
        if is_after:
            yield raw
        is_after = is_after or identifier(raw, "event_id") == event_id
