"""What an earlier process has left, and what a room did not take: tried at the start until the
homeserver answers, and again whenever a room may take it.

What is then done for one answer is settling.py's; how far each had come, checkpoint.py's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiohttp import ClientError
from mautrix.errors import MatrixError, MForbidden
from mautrix.types import RoomID

from ...matrix.sending.outcome import Reason, SendError
from ..instance import Instance
from ..room.succession import predecessor
from ..store import Unfinished
from .settling import settle

_FIRST_WAIT, _LONGEST_WAIT = 5.0, 300.0
_AT_ONCE = 10


async def repair(instance: Instance) -> None:
    """Settle what is left of before this instance started: again and again, where the homeserver
    or the database only does not answer. What fails is logged.
    """
    await _tidy(instance)
    wait = _FIRST_WAIT
    while await repair_once(instance):
        await asyncio.sleep(wait)
        wait = min(2 * wait, _LONGEST_WAIT)


async def repair_once(instance: Instance) -> bool:
    """Try all that is left of before. Returns whether there is a use in trying again soon."""
    try:
        left_over = await instance.store.streams.left_over()
    except Exception:
        instance.log.exception("What an earlier process has left cannot be read")
        return True
    return await _settle_each(instance, left_over)


async def repair_room(instance: Instance, room_id: str) -> None:
    """We may speak in a room, perhaps again: settle what it would not take before, or the room
    whose place it has taken.
    """
    rooms = await instance.store.streams.rooms()
    if not rooms:
        return
    access = instance.configuration.current.access
    before = await predecessor(instance.client, instance.people, access, room_id)
    for one in (room_id, before.room_id if before else ""):
        if one in rooms:
            await _settle_each(instance, await instance.store.streams.in_room(one))


async def settle_now(instance: Instance, one: Unfinished) -> None:
    """Settle an answer that is only to be told: once, also if the process dies meanwhile."""
    await instance.store.streams.save(one)
    await _settle_each(instance, [one])


async def _tidy(instance: Instance) -> None:
    store = instance.store
    try:
        await store.usage.settle_interrupted(instance.started_at / 1000)
        await store.forget_older_than(instance.configuration.current.retention_days)
        await _stop_typing(instance, await store.streams.rooms())
    except Exception:
        instance.log.exception("The database does not answer at the start")


async def _stop_typing(instance: Instance, rooms: Iterable[str]) -> None:
    """It outlives its process by half a minute."""
    ends = [instance.client.set_typing(RoomID(room), timeout=0) for room in rooms]
    await asyncio.gather(*ends, return_exceptions=True)


async def _settle_each(instance: Instance, lefts: Iterable[Unfinished]) -> bool:
    """Whether there is a use in trying again soon."""
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def one(left: Unfinished) -> bool:
        async with at_once, instance.running.turn(f"settle {left.id}"):
            return await _settled(instance, left.id)

    return not all(await asyncio.gather(*map(one, lefts)))


async def _settled(instance: Instance, id: str) -> bool:
    """Whether nothing is to be done for this one, or nothing can be done now."""
    try:
        left = await instance.store.streams.get(id)
        if left is None or instance.running.has(id):
            return True
        return await _settled_in_room(instance, left)
    except (MatrixError, ClientError, TimeoutError) as error:
        instance.log.debug("An answer that was left waits for the homeserver: %s", error)
        return isinstance(error, MForbidden)
    except Exception:
        instance.log.exception("An answer that was left could not be finished")
        return False


async def _settled_in_room(instance: Instance, left: Unfinished) -> bool:
    try:
        await settle(instance, left)
    except SendError as error:
        room_id = left.answer.room_id
        instance.log.warning("The half-written answer in %s stays so: %s", room_id, error)
        is_shown = bool(left.answer.event_ids) or left.document.begun
        if error.refused.reason is Reason.GONE or not is_shown:
            await instance.store.streams.remove(left.id)
    return True
