"""Invites: followed where the inviter may ask, else left again.

maubot accepts every invite by itself where the client's autojoin is on (its default), and makes no
second try when the server refuses a join for its rate. Ours comes after it, when the budget has
room, and finds it done.
"""

from __future__ import annotations

from mautrix.errors import MatrixError
from mautrix.types import RoomID

from ..matrix.outcome import SendError
from .parts import Parts
from .room.access import may_invite


async def invited(parts: Parts, room_id: str, inviter: str) -> None:
    """Somebody has invited us."""
    if may_invite(parts.configuration.current.access, inviter, room_id):
        try:
            await parts.scheduler.join(room_id)
        except SendError as error:
            parts.log.info("Cannot join %s: %s", room_id, error)
        return
    parts.log.info("Left %s again: %s may not invite us there", room_id, inviter)
    try:
        await parts.client.leave_room(RoomID(room_id))
    except MatrixError:
        parts.log.exception("Cannot leave %s", room_id)
