"""Whether a question has its answer, or is not for us to answer: events can come late, and again.

A server gives them out again to who is invited again, and late after it was away.
"""

from __future__ import annotations

import time

from mautrix.api import Path
from mautrix.client import Client
from mautrix.errors import MatrixError

from ...matrix.reading.raw import Raw, at, number, text
from ..instance import Instance
from ..room.inquiry import inquire
from ..room.timeline import Timeline
from ..room.triggers import Question

_IN = frozenset({"join"})
_CALLED = _IN | {"invite"}
_LATE = 60.0  # seconds after which the room itself is looked at


async def is_answered(instance: Instance, asked: Question) -> bool:
    """Whether an answer to it is on its way or was given; of one that comes late, also by an
    earlier process or another one of this account, or before we were in the room.
    """
    room_id, event_id = asked.room_id, asked.event_id
    if instance.running.of_question(room_id, event_id):
        return True
    try:
        if await instance.store.answers.by_question(room_id, event_id):
            return True
        if await instance.store.streams.to_question(room_id, event_id):
            return True
    except Exception:
        instance.log.exception("Whether %s has an answer is not known", event_id)
    is_late = time.time() - asked.asked_at / 1000 > _LATE
    return is_late and await _is_answered_in_room(instance, asked)


async def _is_answered_in_room(instance: Instance, asked: Question) -> bool:
    """The same as `look_in_room`; where it cannot be found out, it has no answer."""
    try:
        return await look_in_room(instance, asked)
    except Exception as error:
        instance.log.debug("Whether %s has an answer is not known: %s", asked.event_id, error)
        return False


async def look_in_room(instance: Instance, asked: Question) -> bool:
    """Whether the room has a reply of ours, or a thread, or we came into it only later.

    Raises where the homeserver does not say.
    """
    client, room_id = instance.client, asked.room_id
    timeline = Timeline(client, room_id)
    raw = await timeline.raw(asked.event_id)
    if await _came_later(client, room_id, raw, asked.asked_at, _IN):
        return True
    return bool(await timeline.replies(asked.event_id, by=str(client.mxid)))


async def is_from_before_us(client: Client, raw: Raw) -> bool:
    """Whether it was said before anybody had called us into the room."""
    sent_at = number(raw, "origin_server_ts") or 0
    return await _came_later(client, text(raw, "room_id"), raw, sent_at, _CALLED)


async def _came_later(
    client: Client, room_id: str, raw: Raw, sent_at: int, there: frozenset[str]
) -> bool:
    """Whether an event was sent before we were there: what we were then is what the server says
    (spec v1.11, and Synapse), or else follows from when we came.
    """
    if membership := text(at(raw, "unsigned"), "membership"):
        return membership not in there
    return await _joined_at(client, room_id) > sent_at


async def _joined_at(client: Client, room_id: str) -> int:
    """Since when we are in the room, or are called as we are there: milliseconds since 1970, 0
    where the server does not say.
    """
    path = Path.v3.rooms[room_id].state["m.room.member"][client.mxid]
    try:
        event = await inquire(client, path, format="event")
    except MatrixError:
        return 0
    return number(event, "origin_server_ts") or 0
