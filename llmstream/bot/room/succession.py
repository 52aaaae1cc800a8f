"""Which room takes the place of which, believed only where both say so.

Anybody can make a room and write into it that another came before it. So the old room has to name
the new one too, in its state as the homeserver has it now, and by somebody who may change the old
room's settings: whoever takes its place takes over its settings.

Spec: client-server API, "Room Upgrades".
"""

from __future__ import annotations

from dataclasses import dataclass

from mautrix.api import Path
from mautrix.client import Client
from mautrix.errors import MatrixError, MForbidden, MNotFound

from ...matrix.reading.raw import at, identifier
from ..config import Access
from .access import is_admin, may_change_settings
from .inquiry import inquire
from .people import People


@dataclass(frozen=True, slots=True)
class Replaced:
    """A room that another takes the place of, and who has decided that."""

    room_id: str
    by: str
    replacement: str


async def replaced(client: Client, room_id: str) -> Replaced | None:
    """What a room says of the one that takes its place; None where it says nothing.

    Raises:
        MatrixError: The server does not say.
    """
    path = Path.v3.rooms[room_id].state["m.room.tombstone"]
    try:
        event = await inquire(client, path, format="event")
    except (MNotFound, MForbidden):
        return None
    replacement = identifier(at(event, "content"), "replacement_room")
    by = identifier(event, "sender")
    is_another = replacement.startswith("!") and replacement != room_id
    return Replaced(room_id, by, replacement) if is_another and by else None


async def predecessor(
    client: Client, people: People, access: Access, room_id: str
) -> Replaced | None:
    """The room that this one, in which we are, takes the place of.

    None where there is none, where the two do not name each other, or where who says so may not
    change the old room's settings. Raises `MatrixError` where the server does not say.
    """
    created = at(await people.creation(room_id), "content")
    before = identifier(at(created, "predecessor"), "room_id")
    found = await replaced(client, before) if before.startswith("!") else None
    if found is None or found.replacement != room_id:
        return None
    if is_admin(access, found.by):
        return found
    try:
        power = await people.power(before, found.by)
    except MatrixError:
        return None
    return found if may_change_settings(access, power_level=power, user_id=found.by) else None
