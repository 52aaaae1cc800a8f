"""Invites: followed where the inviter may ask, else left again.

maubot accepts every invite by itself where the client's autojoin is on (its default), and makes no
second try when the server refuses a join for its rate. Ours comes after it, when the budget has
room, and finds it done. Where a public room lets maubot in after we have left, we leave once more:
it joins for each time that it reads the invite, also in the past of the room that was left. And it
follows into the room that takes the place of another, whoever has made that.
"""

from __future__ import annotations

from typing import TypeVar

from mautrix.errors import MatrixError
from mautrix.types import RoomID

from ...matrix.sending.outcome import SendError
from ..instance import Instance
from ..room.access import may_invite
from ..room.people import server_of

_REMEMBERED = 5000
_UPGRADES = 10
"""So many rooms, each in the place of the one before, are followed; beyond them an invite is."""

_Known = TypeVar("_Known")


class Invites:
    """What becomes of the invites of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._refused: dict[str, str] = {}
        self._followed: dict[str, tuple[str, str]] = {}
        """Who has invited us, by room, and whose server we took for the room's."""
        self._upgrades: dict[str, int] = {}
        """Through how many upgrades, one after another, we were called into a room."""

    async def invited(
        self, room_id: str, inviter: str, *, created_by: str = "", is_direct: bool = False
    ) -> None:
        """Somebody has invited us.

        Args:
            created_by: Who made the room, as far as the invite says. Where it does not, the
                inviter's server stands for theirs until we are in: an id may name none.
            is_direct: It is to be a direct chat.
        """
        server = server_of(created_by or inviter)
        if inviter and self._may(inviter, room_id, server):
            self._refused.pop(room_id, None)
            self._upgrades.pop(room_id, None)
            _note(self._followed, room_id, (inviter, server))
            if is_direct:
                await self._mark(room_id, inviter)
            await self._join(room_id)
        else:
            _note(self._refused, room_id, inviter)
            self._instance.log.debug("Left %s again: %s may not invite us", room_id, inviter)
            await self._leave(room_id)

    async def called_over(self, room_id: str, by: str, instead_of: str) -> None:
        """A room that we are in says, by somebody's word, that this one takes its place."""
        log = self._instance.log
        if not self._may(by, room_id, server_of(by)):
            _note(self._refused, room_id, by)
            log.debug("%s takes the place of %s, where I may not be", room_id, instead_of)
            return
        upgrades = self._upgrades.get(instead_of, 0) + 1
        if upgrades > _UPGRADES:
            log.warning("Not followed into %s: it is the end of %d upgrades", room_id, upgrades)
            return
        _note(self._upgrades, room_id, upgrades)
        _note(self._followed, room_id, (by, server_of(by)))
        try:
            await self._instance.scheduler.join(room_id, via=server_of(by))
        except SendError as error:
            log.debug(
                "%s takes the place of %s: an invite is needed: %s", room_id, instead_of, error
            )

    async def joined(self, room_id: str) -> bool:
        """We are in a room, whoever has let us in. Whether we stay."""
        server = await self._instance.people.server(room_id)
        inviter, assumed = self._followed.pop(room_id, ("", server))
        if server in ("", assumed):  # as it was judged before we came in
            inviter = ""
        inviter = self._refused.get(room_id, inviter)
        if inviter and not self._may(inviter, room_id, server or server_of(inviter)):
            _note(self._refused, room_id, inviter)
            await self._leave(room_id)
            return False
        return True

    async def left(self, room_id: str) -> None:
        """We are in this room no more."""
        try:
            await self._instance.direct_chats.unmark(room_id)
        except MatrixError:
            self._instance.log.exception("Cannot forget that %s was a direct chat", room_id)

    def _may(self, inviter: str, room_id: str, server: str) -> bool:
        access = self._instance.configuration.current.access
        return may_invite(access, inviter, room_id, server)

    async def _mark(self, room_id: str, person: str) -> None:
        try:
            await self._instance.direct_chats.mark(room_id, person)
        except MatrixError:
            self._instance.log.exception("Cannot keep that %s is a direct chat", room_id)

    async def _join(self, room_id: str) -> None:
        try:
            await self._instance.scheduler.join(room_id)
        except SendError as error:
            self._instance.log.debug("Cannot join %s: %s", room_id, error)

    async def _leave(self, room_id: str) -> None:
        try:
            await self._instance.client.leave_room(RoomID(room_id))
        except MatrixError:
            self._instance.log.exception("Cannot leave %s", room_id)


def _note(rooms: dict[str, _Known], room_id: str, known: _Known) -> None:
    """Remember the newest thousands, not all."""
    rooms.pop(room_id, None)
    rooms[room_id] = known
    if len(rooms) > _REMEMBERED:
        del rooms[next(iter(rooms))]
