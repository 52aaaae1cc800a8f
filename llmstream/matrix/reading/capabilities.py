"""What the rooms that we are in bear, asked for once and again when their state has changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from weakref import WeakKeyDictionary

from aiohttp import ClientError
from mautrix.api import Method, Path
from mautrix.errors import MatrixError

from .bridges import Known, ghosts, known
from .delivery import Delivery
from .platforms import Platforms

# Seconds: how long nobody waits for a room's state, after which it is asked for again where nobody
# tells of changes, and likewise where the server would not say.
_PATIENCE, _FRESH, _AGAIN = 5.0, 3600.0, 300.0


class Capabilities:
    """What rooms bear, for one client. `of_client` gives the client's one."""

    @classmethod
    def of_client(cls, client: Any) -> Capabilities:
        """Shared by all who send as this client."""
        return _of_clients.setdefault(client, cls(client))

    def __init__(self, client: Any) -> None:
        self._api = client.api
        self._known: dict[str, tuple[Known, float]] = {}
        self._changes: Counter[str] = Counter()

    async def of(self, room_id: str, table: Platforms | None = None) -> Delivery:
        """What this room bears, by this table of platforms; everything, where the server does not
        say.
        """
        now = asyncio.get_running_loop().time()
        found, until = self._known.get(room_id, (None, 0.0))
        if found is None or now >= until:
            changes = self._changes[room_id]
            found, fresh = await self._ask(room_id)
            if self._changes[room_id] == changes:  # else what was asked for is old already
                self._known[room_id] = found, now + fresh
        return found.delivery(table)

    def forget(self, room_id: str) -> None:
        """Its state has changed."""
        self._known.pop(room_id, None)
        self._changes[room_id] += 1

    def joined(self, room_id: str, user_id: str) -> None:
        """Somebody has come. The first ghost may be all that tells of a bridge."""
        found, _ = self._known.get(room_id, (Known(), 0.0))
        if not ghosts([user_id]) <= found.ghosts:
            self.forget(room_id)

    async def _ask(self, room_id: str) -> tuple[Known, float]:
        try:
            async with asyncio.timeout(_PATIENCE):
                state = await self._api.request(Method.GET, Path.v3.rooms[room_id].state)
        except (MatrixError, ClientError, TimeoutError, ValueError):  # or a page that is no JSON
            return Known(), _AGAIN
        return known(state if isinstance(state, list) else []), _FRESH


_of_clients: WeakKeyDictionary[Any, Capabilities] = WeakKeyDictionary()
