"""What is known of a room at the moment when something is said there."""

from __future__ import annotations

from .parts import Parts
from .room.triggers import Place


async def place_of(parts: Parts, room_id: str) -> Place:
    """What is known of a room in which something was said."""
    configuration, me = parts.configuration.current, str(parts.client.mxid)
    joined = await parts.people.joined(room_id)
    return Place.of(
        configuration,
        configuration.for_room(room_id),
        me=me,
        name=joined.get(me, ""),
        members=len(joined),
        since=parts.started_at,
    )
