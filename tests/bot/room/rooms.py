"""A homeserver in this process with one room to read: events, threads, pages, media.

It answers a real mautrix client as Synapse 1.163 was seen to: edits bundled and left out of
threads, redacted content gone, `not_senders` and `types` obeyed. A test says how small pages are.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from mautrix.client import Client

from llmstream.matrix.reading.raw import Raw

ROOM = "!room:here"
ME = "@llm:here"
ALICE = "@alice:here"
BOB = "@bob:there"


class Room:
    """One room's events, oldest first, and the files sent into it.

    Files are sent once `sends` is set; `asked` is released for each request of one. With `is_bare`
    it bundles nothing with events and takes no notice of filters, as Conduit.
    """

    is_bare = False

    def __init__(self, page: int = 100) -> None:
        self.events: list[dict[str, Any]] = []
        self.media: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.has_authenticated_media = True
        self.sends = asyncio.Event()
        self.sends.set()
        self.asked = asyncio.Semaphore(0)
        self._page = page
        self._ids = count(1)

    def add(self, sender: str, content: Raw, type: str = "m.room.message") -> str:
        """Append an event; a second passes. The id it got."""
        number = next(self._ids)
        event = {
            "type": type,
            "room_id": ROOM,
            "event_id": f"${number}",
            "sender": sender,
            "origin_server_ts": number * 1000,
            "content": dict(content),
            "unsigned": {},
        }
        self.events.append(event)
        return f"${number}"

    def set(self, sender: str, type: str, content: Raw, state_key: str = "") -> str:
        """Append a state event. The id it got."""
        event_id = self.add(sender, content, type)
        before = self._state(type, state_key)
        replaced = {"replaces_state": before["event_id"]} if before else {}
        self.events[-1] |= {"state_key": state_key, "unsigned": replaced}
        return event_id

    def joins(self, user_id: str, membership: str = "join") -> str:
        """Somebody joins the room, or leaves it."""
        return self.set(user_id, "m.room.member", {"membership": membership}, user_id)

    def _state(self, type: str, state_key: str, until: int | None = None) -> dict[str, Any] | None:
        """A state event as it was up to the event with this index."""
        past = self.events if until is None else self.events[: until + 1]
        found = (event for event in reversed(past) if event.get("state_key") == state_key)
        return next((event for event in found if event["type"] == type), None)

    def say(self, sender: str, body: str, **content: Any) -> str:
        """A text message. `thread` and `reply` say where it stands."""
        return self.add(sender, said(body, **content))

    def edit(self, sender: str, event_id: str, body: str, **content: Any) -> str:
        """A text message that replaces another."""
        new = said(body, **content)
        relation = {"rel_type": "m.replace", "event_id": event_id}
        return self.add(
            sender, {**new, "body": f"* {body}", "m.new_content": new, "m.relates_to": relation}
        )

    def redact(self, event_id: str) -> None:
        """Empty an event and forget its edits, as servers do."""
        for event in self.events:
            if event["event_id"] == event_id:
                event["content"] = {}
                event["unsigned"] = {"redacted_because": {"type": "m.room.redaction"}}

    def upload(self, content: bytes) -> str:
        """The address of a new file."""
        name = f"file{len(self.media)}"
        self.media[name] = content
        return f"mxc://here/{name}"

    def raw(self, event_id: str) -> dict[str, Any]:
        """An event as the server gives it, with the newest edit by its sender."""
        event = next(event for event in self.events if event["event_id"] == event_id)
        edits = [
            edit
            for edit in self.events
            if _relation(edit) == ("m.replace", event_id) and edit["sender"] == event["sender"]
        ]
        if self.is_bare:
            return {**event, "unsigned": {}}
        if not edits or not event["content"]:
            return event
        return {**event, "unsigned": {"m.relations": {"m.replace": edits[-1]}}}

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        """The bot's client, talking to this room's server."""
        app = web.Application()
        room = "/_matrix/client/{version}/rooms/{room}"
        app.router.add_get(room + "/event/{event}", self._event)
        app.router.add_get(room + "/context/{event}", self._context)
        app.router.add_get(room + "/messages", self._messages)
        app.router.add_get(room + "/state/{type}", self._state_now)
        app.router.add_get(room + "/relations/{root}/m.thread", self._thread)
        app.router.add_get(room + "/relations/{event}/m.replace", self._edits)
        app.router.add_get("/_matrix/client/v1/media/download/here/{name}", self._media)
        app.router.add_get("/_matrix/media/v3/download/here/{name}", self._old_media)
        app.router.add_post("/_matrix/client/v3/keys/query", self._no_keys)
        async with TestServer(app) as server:
            client = Client(ME, base_url=str(server.make_url("")), token="token")
            try:
                yield client
            finally:
                await client.api.session.close()

    async def _event(self, request: web.Request) -> web.Response:
        self.requests.append(request.path)
        if not any(event["event_id"] == request.match_info["event"] for event in self.events):
            return _error(404, "M_NOT_FOUND")
        return web.json_response(self.raw(request.match_info["event"]))

    async def _context(self, request: web.Request) -> web.Response:
        ids = [event["event_id"] for event in self.events]
        at = ids.index(request.match_info["event"])
        chosen = json.loads(request.query.get("filter", "{}"))
        keys = {(one["type"], one["state_key"]) for one in self.events if "state_key" in one}
        state = (self._state(*key, until=at) for key in sorted(keys))
        shown = [
            event
            for event in state
            if event
            and (self.is_bare or event["type"] in chosen.get("types", ()))
            and (self.is_bare or event["sender"] in chosen.get("senders", [event["sender"]]))
        ]
        return web.json_response({"start": str(at), "end": str(at + 1), "state": shown})

    async def _state_now(self, request: web.Request) -> web.Response:
        self.requests.append(request.path)
        event = self._state(request.match_info["type"], "")
        return _error(404, "M_NOT_FOUND") if event is None else web.json_response(event)

    async def _messages(self, request: web.Request) -> web.Response:
        chosen = json.loads(request.query["filter"])
        events = [
            event
            for event in self.events[: int(request.query["from"])]
            if self.is_bare
            or (event["type"] in chosen["types"] and event["sender"] not in chosen["not_senders"])
        ]
        start = max(0, len(events) - self._page)
        # The next page begins with the event that ended this one, as with Dendrite.
        end = {"end": str(self.events.index(events[start]) + 1)} if start else {}
        return self._newest_first(events[start:], end)

    async def _thread(self, request: web.Request) -> web.Response:
        root = request.match_info["root"]
        end = int(request.query.get("from", len(self.events)))
        events = [event for event in self.events[:end] if _relation(event) == ("m.thread", root)]
        start = max(0, len(events) - self._page)
        batch = {"next_batch": str(self.events.index(events[start]))} if start else {}
        return self._newest_first(events[start:], batch)

    async def _edits(self, request: web.Request) -> web.Response:
        of = ("m.replace", request.match_info["event"])
        return self._newest_first([event for event in self.events if _relation(event) == of], {})

    def _newest_first(self, events: list[dict[str, Any]], more: dict[str, str]) -> web.Response:
        chunk = [self.raw(event["event_id"]) for event in reversed(events)]
        return web.json_response({"chunk": chunk, **more})

    async def _media(self, request: web.Request) -> web.Response:
        if not self.has_authenticated_media:
            return _error(404, "M_UNRECOGNIZED")
        if request.headers.get("Authorization") != "Bearer token":
            return _error(401, "M_MISSING_TOKEN")
        self.asked.release()
        await self.sends.wait()
        return self._file(request)

    async def _old_media(self, request: web.Request) -> web.Response:
        return _error(404, "M_NOT_FOUND") if self.has_authenticated_media else self._file(request)

    def _file(self, request: web.Request) -> web.Response:
        self.requests.append(request.path)
        content = self.media.get(request.match_info["name"])
        return _error(404, "M_NOT_FOUND") if content is None else web.Response(body=content)

    async def _no_keys(self, request: web.Request) -> web.Response:
        return web.json_response({"device_keys": {}})


def said(body: str, *, thread: str = "", reply: str = "", **content: Any) -> dict[str, Any]:
    """A text message's content."""
    relation: dict[str, Any] = {}
    if reply or thread:
        relation["m.in_reply_to"] = {"event_id": reply or thread}
    if thread:
        relation |= {"rel_type": "m.thread", "event_id": thread, "is_falling_back": not reply}
    related = {"m.relates_to": relation} if relation else {}
    return {"msgtype": "m.text", "body": body, **related, **content}


def _relation(event: Raw) -> tuple[str, str]:
    relation = event["content"].get("m.relates_to", {})
    return relation.get("rel_type", ""), relation.get("event_id", "")


def _error(status: int, code: str) -> web.Response:
    return web.json_response({"errcode": code, "error": code}, status=status)
