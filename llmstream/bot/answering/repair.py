"""What an earlier process has left, and what a room did not take: settled at the start, and
whenever a room may take it. Each is tried until it is done, or cannot be done now.

What is then done for one answer is settling.py's; how far each had come, checkpoint.py's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial

from aiohttp import ClientError
from mautrix.errors import MatrixError, MForbidden
from mautrix.types import RoomID

from ...matrix.sending.outcome import Reason, SendError
from ..instance import Instance
from ..room.succession import predecessor
from ..store import Unfinished
from .running import STOPPED
from .settling import settle

_FIRST_WAIT, _LONGEST_WAIT = 5.0, 300.0  # seconds before the next try
_LONGEST_TRY = 300.0  # seconds: a room whose server fails for ever holds up no other
_AT_ONCE = 10


async def repair(instance: Instance) -> None:
    """Settle what is left of before this instance started. What fails is logged."""
    await _tidy(instance)
    await _settle_each(instance, instance.store.streams.left_over)


async def repair_room(instance: Instance, room_id: str) -> None:
    """We may speak in a room, perhaps again: settle what it would not take before, or the room
    whose place it has taken. What is being written there is settled where it ends refused.
    """
    find = partial(_left_in, instance, room_id)
    await _settle_each(instance, find)


async def repair_all(instance: Instance) -> None:
    """The same for all rooms: what we speak with has changed."""
    try:
        rooms = await instance.store.streams.rooms()
    except Exception:
        instance.log.exception("What is left of answers cannot be read")
        return
    await asyncio.gather(*(repair_room(instance, room_id) for room_id in rooms))


async def settle_these(instance: Instance, ones: Iterable[Unfinished]) -> None:
    """Settle answers that are only to be told: once, also if the process dies meanwhile."""
    kept = list(ones)
    for one in kept:
        await instance.store.streams.save(one)
    await _settle_these(instance, kept)


async def stop_left(instance: Instance, id: str) -> None:
    """Somebody has stopped an answer that was left, before it went on, or as it does."""
    async with instance.running.turn(f"settle {id}"):
        if writing := instance.running.of_id(id):
            writing.stop(STOPPED)
            return
        left = await instance.store.streams.get(id)
        if left is None or left.state == "concluded":
            return
        answer = replace(left.answer, status=STOPPED.status, note=STOPPED.note)
        left = replace(left, state="concluded", answer=answer)
        await instance.store.streams.save(left)
    await _settle_these(instance, [left])


async def settled_now(instance: Instance, room_id: str, question_id: str) -> None:
    """Wait until nothing that was left of answers to this question is just being settled."""
    for left in await instance.store.streams.to_question(room_id, question_id):
        async with instance.running.turn(f"settle {left.id}"):
            pass


async def _left_in(instance: Instance, room_id: str) -> list[Unfinished]:
    streams = instance.store.streams
    rooms = await streams.rooms()
    found = await streams.in_room(room_id) if room_id in rooms else []
    if rooms - {room_id}:
        before = await _before(instance, room_id)
        found += await streams.in_room(before) if before in rooms else []
    return found


async def _before(instance: Instance, room_id: str) -> str:
    """The room whose place this one has taken; '' where there is none, or nobody says."""
    access = instance.configuration.current.access
    try:
        found = await predecessor(instance.client, instance.people, access, room_id)
    except (MatrixError, TimeoutError) as error:
        instance.log.warning("What %s takes the place of is not known: %s", room_id, error)
        return ""
    return found.room_id if found else ""


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


async def _settle_each(
    instance: Instance, find: Callable[[], Awaitable[list[Unfinished]]]
) -> None:
    found: list[Unfinished] = []

    async def is_read() -> bool:
        try:
            found.extend(await find())
        except Exception:
            instance.log.exception("What is left of answers cannot be read")
            return False
        return True

    await _until(is_read)
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def is_settled(id: str) -> bool:
        while True:
            await instance.running.over(id)
            async with at_once, instance.running.turn(f"settle {id}"):
                if not instance.running.of_id(id):  # begun meanwhile, it may yet end refused
                    return await _settled(instance, id)

    async def in_order(ones: list[str]) -> None:
        """Each is asked once the one before it has its place in their conversation."""
        waiting = [id for id in ones if not await is_settled(id)]
        await asyncio.gather(*(_until(partial(is_settled, id), _FIRST_WAIT) for id in waiting))

    rooms: dict[str, list[str]] = {}
    for left in found:  # what is being written may take long: nothing waits for that
        room = left.id if instance.running.of_id(left.id) else left.answer.room_id
        rooms.setdefault(room, []).append(left.id)
    await asyncio.gather(*map(in_order, rooms.values()))


async def _settle_these(instance: Instance, kept: list[Unfinished]) -> None:
    async def find() -> list[Unfinished]:
        return kept

    await _settle_each(instance, find)


async def _until(is_done: Callable[[], Awaitable[bool]], wait: float = 0.0) -> None:
    """Try until it is done, less and less often; the first time after so many seconds."""
    await asyncio.sleep(wait)
    wait = _FIRST_WAIT
    while not await is_done():
        await asyncio.sleep(wait)
        wait = min(2 * wait, _LONGEST_WAIT)


async def _settled(instance: Instance, id: str) -> bool:
    """Whether nothing is to be done for this one, or nothing can be done now."""
    try:
        left = await instance.store.streams.get(id)
        if left is None:
            return True
        async with asyncio.timeout(_LONGEST_TRY):
            return await _settled_in_room(instance, left)
    except (MatrixError, ClientError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        instance.log.warning("An answer that was left waits for the homeserver: %s", reason)
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
