"""What a person may see of what was said before they came.

Where a room shows its past to those only who were there (`history_visibility`: joined, invited),
whoever asks must not get it from a model. We ask what the room's state was at each event: who was
in the room then. Times and the order of events would not do, for servers elsewhere can say of both
what they like.

Who has been invited, but not joined yet, counts as not there.

Spec: client-server API, "Room history visibility"; `GET /rooms/{roomId}/context/{eventId}`.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Sequence

from mautrix.api import Path
from mautrix.client import Client
from mautrix.errors import MForbidden, MNotFound

from ...matrix.reading.raw import Raw, at, objects
from ...matrix.reading.said import Said
from .inquiry import inquire

_VISIBILITY = "m.room.history_visibility"
_OPEN = ("shared", "world_readable")
_AT_ONCE = 10
_REMEMBERED = 20_000


class Visibility:
    """Which events who may see, in the rooms that we are in."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._always_open: dict[str, bool] = {}
        self._known: OrderedDict[tuple[str, str], bool] = OrderedDict()

    def forget(self, room_id: str) -> None:
        """Its visibility has changed."""
        self._always_open.pop(room_id, None)

    async def seen(self, room_id: str, user_id: str, said: Sequence[Said]) -> list[Said]:
        """What this person, who is in the room now, may see of it; the order stays.

        Of a past that is shown to those only who were there, what is before something that they
        may not see counts as unseen too. Raises mautrix's errors where the server does not answer.
        """
        if await self._is_always_open(room_id):
            return list(said)
        seen: list[Said] = []
        for end in range(len(said), 0, -_AT_ONCE):
            some = said[max(0, end - _AT_ONCE) : end]
            may = await asyncio.gather(*(self._may_see(user_id, room_id, one) for one in some))
            hidden = max((at for at, yes in enumerate(may, start=1) if not yes), default=0)
            seen = [*some[hidden:], *seen]
            if hidden:
                break
        return seen

    async def may_see(self, user_id: str, room_id: str, event_id: str) -> bool:
        """Whether this person, who is in the room now, may see this event of somebody else's."""
        return await self._is_always_open(room_id) or await self._may(user_id, room_id, event_id)

    async def _is_always_open(self, room_id: str) -> bool:
        if room_id not in self._always_open:
            try:
                path = Path.v3.rooms[room_id].state[_VISIBILITY]
                event = await inquire(self._client, path, format="event")
            except MNotFound:
                return True
            is_open = at(event, "content").get("history_visibility") in _OPEN
            has_changed = bool(at(event, "unsigned").get("replaces_state"))
            self._always_open[room_id] = is_open and not has_changed
        return self._always_open[room_id]

    async def _may_see(self, user_id: str, room_id: str, said: Said) -> bool:
        return said.sender == user_id or await self._may(user_id, room_id, said.event_id)

    async def _may(self, user_id: str, room_id: str, event_id: str) -> bool:
        known = (user_id, event_id)
        if known not in self._known:
            self._known[known] = await self._ask(user_id, room_id, event_id)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self._known[known]

    async def _ask(self, user_id: str, room_id: str, event_id: str) -> bool:
        """Whether they were there at this event, or it is from a time when all was shown."""
        own = {"types": ["m.room.member"], "senders": [user_id]}
        rule = {"types": [_VISIBILITY], "lazy_load_members": True}
        try:
            for member in await self._state_at(room_id, event_id, own, user_id):
                if at(member, "content").get("membership") == "join":
                    return True
            for visibility in await self._state_at(room_id, event_id, rule, ""):
                return at(visibility, "content").get("history_visibility") in _OPEN
        except (MNotFound, MForbidden):
            return False
        return True  # a room that has never said so shows its past

    async def _state_at(self, room_id: str, event_id: str, chosen: Raw, key: str) -> list[Raw]:
        """What was the room's state then, of the filter's types: also of Conduit, which takes no
        notice of it.
        """
        path = Path.v3.rooms[room_id].context[event_id]
        found = await inquire(self._client, path, limit="0", filter=json.dumps(chosen))
        return [
            event
            for event in objects(found, "state")
            if event.get("type") in chosen["types"] and event.get("state_key") == key
        ]
