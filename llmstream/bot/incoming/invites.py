"""Invites: followed where the inviter may ask, else left again.

maubot accepts every invite by itself where the client's autojoin is on (its default), and makes no
second try when the server refuses a join for its rate. Ours comes after it, when the budget has
room, and finds it done. Where a public room lets maubot in after we have left, we leave once more:
it joins for each time that it reads the invite, also in the past of the room that was left.
"""

from __future__ import annotations

from mautrix.errors import MatrixError
from mautrix.types import RoomID

from ...matrix.sending.outcome import SendError
from ..instance import Instance
from ..room.access import may_invite


class Invites:
    """What becomes of the invites of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._refused: dict[str, str] = {}

    async def invited(self, room_id: str, inviter: str, *, is_direct: bool = False) -> None:
        """Somebody has invited us; to a direct chat, perhaps."""
        if self._may(inviter, room_id):
            self._refused.pop(room_id, None)
            if is_direct:
                await self._mark(room_id, inviter)
            await self._join(room_id)
        else:
            self._refused[room_id] = inviter
            self._instance.log.info("Left %s again: %s may not invite us", room_id, inviter)
            await self._leave(room_id)

    async def joined(self, room_id: str) -> None:
        """We are in a room, whoever has let us in."""
        inviter = self._refused.get(room_id)
        if inviter and not self._may(inviter, room_id):
            await self._leave(room_id)

    async def left(self, room_id: str) -> None:
        """We are in this room no more."""
        try:
            await self._instance.direct_chats.unmark(room_id)
        except MatrixError:
            self._instance.log.exception("Cannot forget that %s was a direct chat", room_id)

    def _may(self, inviter: str, room_id: str) -> bool:
        return may_invite(self._instance.configuration.current.access, inviter, room_id)

    async def _mark(self, room_id: str, person: str) -> None:
        try:
            await self._instance.direct_chats.mark(room_id, person)
        except MatrixError:
            self._instance.log.exception("Cannot keep that %s is a direct chat", room_id)

    async def _join(self, room_id: str) -> None:
        try:
            await self._instance.scheduler.join(room_id)
        except SendError as error:
            self._instance.log.info("Cannot join %s: %s", room_id, error)

    async def _leave(self, room_id: str) -> None:
        try:
            await self._instance.client.leave_room(RoomID(room_id))
        except MatrixError:
            self._instance.log.exception("Cannot leave %s", room_id)
