"""A person in the room: does what people do (client.py) and remembers all that they see.

    async with Person.present(synapse.url, account) as alice:
        room = await alice.create_room(invite=[bot.user_id])
        question = await alice.say(room, "!ask why?")
        await alice.sees(lambda seen: seen.sender == bot.user_id)

It sees every event in the order of /sync and never polls: waiting is waiting for the next sync.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import aiohttp

from .client import Client
from .message import Message, Seen
from .synapse import Account

PATIENCE = 90.0
_FILTER = json.dumps({"room": {"timeline": {"limit": 1000}}, "presence": {"types": []}})

T = TypeVar("T")


class NotSeen(AssertionError):
    """What a person waited for did not happen. The text ends with the last things they saw."""


@dataclass(frozen=True, slots=True)
class Typing:
    """Who types in a room from `arrived` (seconds of the event loop's clock) on."""

    room_id: str
    arrived: float
    user_ids: frozenset[str]


class Person(Client):
    """One logged-in person. `seen` and `typing` are everything that reached them so far."""

    def __init__(self, account: Account, homeserver: str, http: aiohttp.ClientSession) -> None:
        super().__init__(account, http)
        self.seen: list[Seen] = []
        self.typing: list[Typing] = []
        self._synced = asyncio.Condition()

    @classmethod
    @asynccontextmanager
    async def present(cls, homeserver: str, account: Account) -> AsyncIterator[Self]:
        """Be there, with eyes open, until the block ends."""
        headers = {"Authorization": f"Bearer {account.access_token}"}
        timeout = aiohttp.ClientTimeout(total=90)
        async with aiohttp.ClientSession(homeserver, headers=headers, timeout=timeout) as http:
            person = cls(account, homeserver, http)
            await person._arrive()
            watching = asyncio.create_task(person._watch())
            try:
                yield person
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)

    def message(self, event_id: str) -> Message | None:
        """A message as it stands now, with all its edits; None while it has not come."""
        first = [seen for seen in self.seen if seen.id == event_id]
        if not first:
            return None
        edits = (
            seen for seen in self.seen if seen.edits == event_id and seen.sender == first[0].sender
        )
        return Message((first[0], *edits))

    def messages(self, room_id: str, sender: str, after: str = "") -> list[Message]:
        """What someone has said in a room, in order; where an event is given, only since then."""
        later = (lambda seen: seen.id != after) if after else (lambda seen: False)
        firsts = (
            seen
            for seen in itertools.dropwhile(later, self.seen)
            if (seen.room_id, seen.sender, seen.type) == (room_id, sender, "m.room.message")
            and not seen.edits
        )
        return [message for seen in firsts if (message := self.message(seen.id))]

    def types_now(self, room_id: str, user_id: str) -> bool:
        """Whether the room shows someone typing."""
        here = [typing for typing in self.typing if typing.room_id == room_id]
        return bool(here) and user_id in here[-1].user_ids

    async def until(self, look: Callable[[], T | None], patience: float = PATIENCE) -> T:
        """Look now and after every sync, until there is something (that is not None or False).

        Raises:
            NotSeen: it did not come within `patience` seconds.
        """
        try:
            async with asyncio.timeout(patience), self._synced:
                while not (found := look()):
                    await self._synced.wait()
                return found
        except TimeoutError:
            last = (f"{seen.type} of {seen.sender}: {seen.content}" for seen in self.seen[-5:])
            raise NotSeen("\n".join((f"{self.user_id} saw no such thing.", *last))) from None

    async def sees(self, matches: Callable[[Seen], bool], patience: float = PATIENCE) -> Seen:
        """The first event that matches, of those seen and those to come."""
        return await self.until(
            lambda: next((seen for seen in self.seen if matches(seen)), None), patience
        )

    async def sees_joined(self, room_id: str, user_id: str) -> None:
        """Wait until someone is in the room."""
        await self.sees(
            lambda seen: (
                (seen.room_id, seen.type, seen.event.get("state_key"))
                == (room_id, "m.room.member", user_id)
                and seen.content.get("membership") == "join"
            )
        )

    async def _arrive(self) -> None:
        """What this kind of client does before its first sync."""

    async def _read(self, answer: dict[str, Any]) -> dict[str, Any]:
        """What a sync brought, as this kind of client reads it."""
        return answer

    async def _watch(self) -> None:
        position: dict[str, Any] = {}
        while True:
            try:
                answer = await self.request(
                    "GET", "sync", timeout="30000", filter=_FILTER, **position
                )
            except aiohttp.ClientConnectionError:  # the server is away: as clients do
                await asyncio.sleep(0.1)
                continue
            position = {"since": answer["next_batch"]}
            async with self._synced:
                self._take((await self._read(answer)).get("rooms", {}).get("join", {}))
                self._synced.notify_all()

    def _take(self, rooms: Mapping[str, Any]) -> None:
        now = asyncio.get_running_loop().time()
        for room_id, room in rooms.items():
            state = room.get("state", {}).get("events", ())
            for event in (*state, *room.get("timeline", {}).get("events", ())):
                self.seen.append(Seen(room_id, now, event))
            for event in room.get("ephemeral", {}).get("events", ()):
                if event["type"] == "m.typing":
                    who = frozenset(event["content"]["user_ids"])
                    self.typing.append(Typing(room_id, now, who))
