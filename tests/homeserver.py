"""A homeserver in the process, at the edge where the HTTP session would be, with faults to order.

Real mautrix clients speak to it; nothing of ours is replaced. Under it a model of Synapse's
limiter (limiter.py). What Synapse itself does is seen on the test bed.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from aiohttp import ClientPayloadError, ClientTimeout, ServerDisconnectedError
from mautrix.api import HTTPAPI
from mautrix.client import Client
from mautrix.client.state_store import MemoryStateStore, StateStore
from mautrix.types import UserID
from yarl import URL

from . import timeline
from .faults import FINE, Answer, Fault
from .limiter import Limiter, limited

MARK = "\u2060"
"""Stands invisibly before what we say, so that it is nobody's command."""

_numbers = count()
_NEVER = ClientTimeout()


@dataclass(frozen=True)
class Stored:
    """An event that the server has."""

    event_id: str
    room_id: str
    type: str
    content: dict[str, Any]
    at: float
    sender: str = ""

    @property
    def target(self) -> str | None:
        """The message that this one edits."""
        relation = self.content.get("m.relates_to", {})
        return relation.get("event_id") if relation.get("rel_type") == "m.replace" else None


@dataclass(frozen=True)
class Attempt:
    """A request to send an event, as it arrived: when, in which room, with what."""

    at: float
    room_id: str
    transaction_id: str
    body: bytes


class Homeserver:
    """Rooms, events, and one limiter for each user. Its times are the running loop's.

    Args:
        limiter: Makes the limiter of a new user; None for no limits.
        latency: Seconds from a request to its arrival, and from the answer to its own.

    Attributes:
        events: All that was stored, in order.
        attempts: All requests to send an event, in order.
        refusals: How many 429s it has sent.
        transactions: Event ids of what was stored, by user and transaction.
        typing: When typing was set, in which room, and whether to on.
        open: For each room, the requests that its clients wait for.
        most_at_once: For each room, the most of them at once.
        knows_typing: Whether typing can be set; else it is an unknown path.
        is_bare: As Conduit, it bundles nothing with events, and takes no notice of filters.
        busy: Seconds that each event takes on the server's one thread.
        bot, url: Like no other server's: what was learned is remembered by them.
    """

    is_bare = False

    def __init__(
        self, limiter: Callable[[], Limiter] | None = None, *, latency: float = 0.01
    ) -> None:
        self.events: list[Stored] = []
        self.attempts: list[Attempt] = []
        self.refusals = 0
        self.typing: list[tuple[float, str, bool]] = []
        self.open: Counter[str] = Counter()
        self.most_at_once: dict[str, int] = {}
        self.latency = latency
        self.busy = 0.0
        number = next(_numbers)
        self.bot = f"@bot{number}:example.org"
        self.url = f"https://{number}.example.org"
        self.knows_typing = True
        self._free_at = 0.0
        self._limiter = limiter
        self._limiters: dict[str, Limiter] = {}
        self._working: dict[str, asyncio.Lock] = {}
        self.transactions: dict[tuple[str, str], str] = {}
        self._faults: dict[str | None, deque[Fault]] = {}

    def client(self, user_id: str = "", state_store: StateStore | None = None) -> Client:
        """A mautrix client of this server; of its bot, an account like no other's, by default."""
        user_id = user_id or self.bot
        session: Any = _Session(self, user_id)
        api = HTTPAPI(self.url, "token", client_session=session)
        return Client(UserID(user_id), api=api, state_store=state_store or MemoryStateStore())

    def order(self, faults: Iterable[Fault], room_id: str | None = None) -> None:
        """The next requests that send an event (in this room) meet these, in order."""
        self._faults.setdefault(room_id, deque()).extend(faults)

    def order_nothing(self) -> None:
        """From now on all goes well."""
        self._faults.clear()

    def limiter(self, user_id: str = "") -> Limiter:
        """A user's bucket, the bot's by default; take from it to be another program of theirs."""
        user_id = user_id or self.bot
        if user_id not in self._limiters:
            assert self._limiter is not None
            self._limiters[user_id] = self._limiter()
        return self._limiters[user_id]

    def shown(self, event_id: str) -> str:
        """The body that a person reads of a message: that of its newest edit."""
        body = ""
        for event in self.events:
            if event.event_id == event_id:
                body = event.content["body"]
            elif event.target == event_id:
                body = event.content["m.new_content"]["body"]
        return body.removeprefix(MARK)

    def messages(self, room_id: str) -> list[Stored]:
        """The messages of a room that are no edits."""
        return [e for e in self.events if e.room_id == room_id and e.target is None]

    def edits(self, event_id: str) -> list[Stored]:
        """The edits of a message."""
        return [event for event in self.events if event.target == event_id]

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> Answer:
        """Take a request and answer it."""
        path, _, rest = path.partition("?")
        query = dict(parse_qsl(rest))
        parts = [unquote(part) for part in path.split("/")[4:]]
        match method, parts:
            case "PUT", ["rooms", room_id, "send", kind, transaction_id]:
                return await self._send(user_id, room_id, kind, transaction_id, body)
            case "PUT", ["rooms", room_id, "redact", event_id, transaction_id]:
                content = json.dumps({"redacts": event_id, **json.loads(body)}).encode()
                return await self._send(
                    user_id, room_id, "m.room.redaction", transaction_id, content
                )
            case "PUT", ["rooms", room_id, "typing", _] if self.knows_typing:
                now = asyncio.get_running_loop().time()
                self.typing.append((now, room_id, json.loads(body)["typing"]))
                return Answer(200)
            case "GET", ["rooms", room_id, "event", event_id] if self.messages_of(event_id):
                return self._event(event_id)
            case "GET", ["rooms", _, "relations", event_id, "m.replace"]:
                return timeline.edits(self.events, event_id)
            case "GET", ["rooms", _, "relations", event_id, "m.annotation", "m.reaction"]:
                return timeline.reactions(self.events, event_id)
            case "GET", ["rooms", _, "context", event_id] if self.messages_of(event_id):
                return timeline.context(self.events, event_id)
            case "GET", ["rooms", room_id, "messages"]:
                return timeline.messages(self.events, room_id, query, is_bare=self.is_bare)
            case "POST", ["join", room_id]:
                return await self._send(user_id, room_id, "m.room.member", f"join {room_id}", body)
        return Answer(404, b'{"errcode":"M_NOT_FOUND","error":"unknown"}')

    def messages_of(self, event_id: str) -> list[Stored]:
        """A message and its edits, in order."""
        return [e for e in self.events if event_id in (e.event_id, e.target)]

    def _event(self, event_id: str) -> Answer:
        first = self.messages_of(event_id)[0]
        shown = timeline.event(self.events, first, is_bare=self.is_bare)
        return Answer(200, json.dumps(shown).encode())

    async def _send(
        self, user_id: str, room_id: str, kind: str, transaction_id: str, body: bytes
    ) -> Answer:
        loop = asyncio.get_running_loop()
        self.attempts.append(Attempt(loop.time(), room_id, transaction_id, body))
        fault = self._next_fault(room_id)
        # Like Synapse, it takes up a transaction again only when it is through with it.
        async with self._working.setdefault(transaction_id, asyncio.Lock()):
            await asyncio.sleep(self.latency + fault.before)
            if self.busy:
                await self._queue()
            known = self.transactions.get((user_id, transaction_id))
            if known is None and (wait := self._wait(user_id, loop.time())) > 0:
                self.refusals += 1
                await asyncio.sleep(0.5 + self.latency)
                return limited(wait)
            if known is None and fault.stored:
                known = self._store(user_id, room_id, kind, transaction_id, body)
        await asyncio.sleep(self.latency + fault.after)
        if fault.drops:
            raise ServerDisconnectedError
        if fault.halves:
            raise ClientPayloadError
        return fault.answer or Answer(200, json.dumps({"event_id": known}).encode())

    async def _queue(self) -> None:
        """A server with one thread: each event takes `busy` seconds of it."""
        loop = asyncio.get_running_loop()
        self._free_at = max(loop.time(), self._free_at) + self.busy
        await asyncio.sleep(self._free_at - loop.time())

    def _next_fault(self, room_id: str) -> Fault:
        for faults in (self._faults.get(room_id), self._faults.get(None)):
            if faults:
                return faults.popleft()
        return FINE

    def _wait(self, user_id: str, now: float) -> float:
        return 0.0 if self._limiter is None else self.limiter(user_id).wait(now)

    def _store(
        self, user_id: str, room_id: str, kind: str, transaction_id: str, body: bytes
    ) -> str:
        now = asyncio.get_running_loop().time()
        if self._limiter is not None:
            self.limiter(user_id).take(now)
        event_id = f"$event{len(self.events)}"
        self.events.append(Stored(event_id, room_id, kind, json.loads(body), now, user_id))
        self.transactions[user_id, transaction_id] = event_id
        return event_id


class _Session:
    """Stands where aiohttp's ClientSession would."""

    def __init__(self, homeserver: Homeserver, user_id: str) -> None:
        self._homeserver = homeserver
        self._user_id = user_id

    def request(
        self,
        method: str,
        url: URL,
        *,
        data: str | bytes = b"",
        timeout: ClientTimeout = _NEVER,
        params: Mapping[str, str] | None = None,
        **_: Any,
    ) -> _Request:
        body = data.encode() if isinstance(data, str) else data
        path = url.raw_path
        if path.endswith(("/messages", "/sync")):  # whose queries make a difference here
            path += f"?{urlencode(params or {})}"
        answer = self._homeserver.answer(self._user_id, method, path, body)
        room_id = unquote("".join(url.parts[5:6]))
        return _Request(self._homeserver, room_id, answer, timeout.total)


class _Request:
    """A request that is given up after a while; the server does not notice."""

    def __init__(
        self,
        homeserver: Homeserver,
        room_id: str,
        answer: Coroutine[None, None, Answer],
        seconds: float | None,
    ) -> None:
        self._homeserver = homeserver
        self._room_id = room_id
        self._answer = answer
        self._seconds = seconds

    async def __aenter__(self) -> Answer:
        server, room = self._homeserver, self._room_id
        server.open[room] += 1
        server.most_at_once[room] = max(server.open[room], server.most_at_once.get(room, 0))
        try:
            answering = asyncio.get_running_loop().create_task(self._answer)
            return await asyncio.wait_for(asyncio.shield(answering), self._seconds)
        finally:
            server.open[room] -= 1

    async def __aexit__(self, *_: object) -> None:
        return None
