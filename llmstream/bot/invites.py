"""Invites: followed where the inviter may ask, else left again.

maubot accepts every invite by itself where the client's autojoin is on (its default), and makes no
second try when the server refuses a join for its rate. Ours comes after it, when the budget has
room, and finds it done. Our leaving may come before maubot's joining, which a public room lets in
all the same: then we leave once more.
"""

from __future__ import annotations

from mautrix.errors import MatrixError
from mautrix.types import RoomID

from ..matrix.outcome import SendError
from .parts import Parts
from .room.access import may_invite


class Invites:
    """What becomes of the invites of one instance."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._refused: set[str] = set()

    async def invited(self, room_id: str, inviter: str) -> None:
        """Somebody has invited us."""
        if may_invite(self._parts.configuration.current.access, inviter, room_id):
            self._refused.discard(room_id)
            await self._join(room_id)
        else:
            self._refused.add(room_id)
            self._parts.log.info("Left %s again: %s may not invite us", room_id, inviter)
            await self._leave(room_id)

    async def joined(self, room_id: str) -> None:
        """We are in a room, whoever has let us in."""
        if room_id in self._refused:
            self._refused.discard(room_id)
            await self._leave(room_id)

    async def _join(self, room_id: str) -> None:
        try:
            await self._parts.scheduler.join(room_id)
        except SendError as error:
            self._parts.log.info("Cannot join %s: %s", room_id, error)

    async def _leave(self, room_id: str) -> None:
        try:
            await self._parts.client.leave_room(RoomID(room_id))
        except MatrixError:
            self._parts.log.exception("Cannot leave %s", room_id)
