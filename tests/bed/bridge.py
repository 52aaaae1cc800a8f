"""A stand-in for a bridge: an application service of the bed's Synapse, with ghosts.

It says in the room's state what it is, lets people of the other side speak as ghosts, and keeps
what they would read, by the rules of their platform (tests/far_side.py):

    async with Bridge.up(bed.synapse) as bridge:
        portal = await bridge.portal(bot.user_id, SLACK, far_side("slack"))
        await portal.says("!ask why?")
        await portal.answered()
        assert portal.far.text == "Because."
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp
from aiohttp import web

from ..far_side import FarSide
from .client import Client, Refused
from .message import ANSWER, Seen
from .synapse import SERVER_NAME, SERVICE, Account, Service, Synapse

PATIENCE = 90.0

T = TypeVar("T")


class Ghost(Client):
    """A user of the service: the bridge's own, or a person of the other side."""

    async def request(
        self, method: str, path: str, fields: Mapping[str, Any] | None = None, **query: str
    ) -> dict[str, Any]:
        return await super().request(method, path, fields, **query, user_id=self.user_id)


class Bridge:
    """A running one. Its portals are rooms, each with a far side of its own."""

    def __init__(self, service: Service, http: aiohttp.ClientSession) -> None:
        self._service = service
        self._http = http
        self._portals: dict[str, Portal] = {}
        self._ghosts = itertools.count(1)
        self._taken = asyncio.Condition()
        self._transactions: set[str] = set()

    @classmethod
    @asynccontextmanager
    async def up(cls, synapse: Synapse) -> AsyncIterator[Bridge]:
        """Be there until the block ends."""
        headers = {"Authorization": f"Bearer {synapse.service.token}"}
        async with aiohttp.ClientSession(synapse.url, headers=headers) as http:
            bridge = cls(synapse.service, http)
            runner = web.AppRunner(bridge._application(), shutdown_timeout=0.1)
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", synapse.service.port).start()
                yield bridge
            finally:
                await runner.cleanup()

    async def portal(
        self, bot: str, far: FarSide, *state: Mapping[str, Any], others: Sequence[str] = ()
    ) -> Portal:
        """A new room with this state, with a ghost and, once it has joined, the bot."""
        own = await self._registered(SERVICE)
        ghost = await self._registered(f"{SERVICE}_{next(self._ghosts)}")
        invited = [ghost.user_id, bot, *others]
        room_id = await own.create_room(invite=invited, state=state)
        portal = self._portals[room_id] = Portal(self, room_id, bot, own, ghost, far)
        await ghost.join(room_id)
        await self.until(lambda: bot in portal.joined)
        return portal

    async def until(self, look: Callable[[], T | bool | None]) -> T | bool:
        """Wait until this gives something, with each event that comes."""
        async with asyncio.timeout(PATIENCE), self._taken:
            while not (found := look()):
                await self._taken.wait()
            return found

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=64 * 1024 * 1024)
        path = "/_matrix/app/v1"
        application.router.add_put(f"{path}/transactions/{{id}}", self._take)
        application.router.add_route("*", "/{anything:.*}", _unknown)
        return application

    async def _take(self, request: web.Request) -> web.Response:
        transaction = await request.json()
        if request.match_info["id"] not in self._transactions:
            self._transactions.add(request.match_info["id"])
            async with self._taken:
                for event in transaction["events"]:
                    if portal := self._portals.get(event["room_id"]):
                        portal.take(event)
                self._taken.notify_all()
        return web.json_response({})

    async def _registered(self, name: str) -> Ghost:
        user_id = f"@{name}:{SERVER_NAME}"
        ghost = Ghost(Account(user_id, "", self._service.token, ""), self._http)
        fields = {"type": "m.login.application_service", "username": name}
        try:
            await ghost.request("POST", "register", fields | {"inhibit_login": True})
        except Refused as refused:
            if "M_USER_IN_USE" not in str(refused):
                raise
        return ghost


class Portal:
    """One room, and what people read of it on the other side.

    Attributes:
        far: What they read of the bot.
        own: The bridge's own user; it may change the room's state.
        ghost: A person of the other side.
        seen: The bot's events, in order.
        joined: Who is there.
    """

    def __init__(
        self, bridge: Bridge, room_id: str, bot: str, own: Ghost, ghost: Ghost, far: FarSide
    ) -> None:
        self.room_id = room_id
        self.far = far
        self.own = own
        self.ghost = ghost
        self.seen: list[Seen] = []
        self.joined: set[str] = set()
        self._bridge = bridge
        self._bot = bot

    async def says(self, text: str, *, to: str = "") -> str:
        """The person says this, perhaps in reply. Its event."""
        if to:
            return await self.ghost.reply(self.room_id, to, text)
        return await self.ghost.say(self.room_id, text)

    async def answered(self, times: int = 1) -> None:
        """Wait until the bot has finished so many answers."""
        await self._bridge.until(lambda: self._finished() >= times)

    async def reads(self, text: str) -> None:
        """Wait until people read this there."""
        await self._bridge.until(lambda: text in self.far.shown)

    def take(self, event: dict[str, Any]) -> None:
        """An event of the room has come."""
        seen = Seen(self.room_id, asyncio.get_running_loop().time(), event)
        if seen.type == "m.room.member" and seen.content["membership"] == "join":
            self.joined.add(event["state_key"])
        if seen.sender == self._bot:
            self.seen.append(seen)
            content = dict(seen.content)
            content.setdefault("redacts", event.get("redacts"))
            self.far.takes(seen.id, seen.type, content, seen.sent_at)

    def _finished(self) -> int:
        finals = {one.edits or one.id for one in self.seen if "parts" in _mark(one)}
        return len(finals)


def _mark(seen: Seen) -> Mapping[str, Any]:
    mark = seen.shown.get(ANSWER) if seen.type == "m.room.message" else None
    return mark or {}


async def _unknown(request: web.Request) -> web.Response:
    return web.json_response({"errcode": "M_NOT_FOUND", "error": request.path}, status=404)
