"""Who is in a room, what they are called, and how much power they have there.

Asked of the server when first needed, and again once something has changed (`forget`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mautrix.api import Method, Path, PathBuilder
from mautrix.client import Client
from mautrix.errors import MatrixError

_CREATORS_RULE = 12  # from this room version on, creators stand above all power levels
_ABOVE_ALL = 2**53


class People:
    """The members of the rooms that we are in."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._joined: dict[str, Mapping[str, str]] = {}

    async def joined(self, room_id: str) -> Mapping[str, str]:
        """Display names ('' where there is none) by user id.

        Empty where the server does not say.
        """
        if room_id not in self._joined:
            try:
                answer = await self._get(Path.v3.rooms[room_id].joined_members)
            except MatrixError:
                return {}
            members: Mapping[str, Any] = answer.get("joined", {})
            self._joined[room_id] = {
                user: str((member or {}).get("display_name") or "")
                for user, member in members.items()
            }
        return self._joined[room_id]

    def forget(self, room_id: str) -> None:
        """Somebody came, left or has another name."""
        self._joined.pop(room_id, None)

    async def power(self, room_id: str, user_id: str) -> int:
        """The power level of a person. Creators of new rooms stand above all levels.

        Raises:
            MatrixError: The server does not say.
        """
        if user_id in await self._creators(room_id):
            return _ABOVE_ALL
        levels = await self._state(room_id, "m.room.power_levels")
        users: Mapping[str, Any] = levels.get("users", {})
        return int(users.get(user_id, levels.get("users_default", 0)))

    async def _creators(self, room_id: str) -> set[str]:
        create = await self._state(room_id, "m.room.create", format="event")
        content: Mapping[str, Any] = create.get("content", {})
        version = str(content.get("room_version", "1"))
        if not version.isdigit() or int(version) < _CREATORS_RULE:
            return set()
        return {create["sender"], *content.get("additional_creators", [])}

    async def _state(self, room_id: str, kind: str, **query: str) -> Mapping[str, Any]:
        path = Path.v3.rooms[room_id].state[kind]
        answer: Mapping[str, Any] = await self._get(path, **query)
        return answer

    async def _get(self, path: PathBuilder, **query: str) -> Any:
        return await self._client.api.request(Method.GET, path, query_params=query)
