"""What admins are told without having asked: in the room in which one of them talked to the bot
last, of those where nobody but admins is; and never anybody else.

The log has it in any case, and so has `!llm status` where it concerns the configuration.
"""

from __future__ import annotations

import hashlib
import time
from decimal import Decimal
from functools import partial

from mautrix.api import Method, Path
from mautrix.errors import MatrixError, MNotFound

from ..matrix.reading.raw import as_raw, text
from .instance import Instance
from .notice import tell
from .phrases import code, listed
from .room.access import is_admin
from .room.allowances import Allowance, allowances
from .store import Total, day_of
from .store.writing import noted

NEARLY = Decimal("0.8")
"""So much of a limit on costs is used when admins hear of it."""
OF_COSTS = 5
"""So many notices of costs a day are said in a room; all are in the log."""
_NO_MORE = "I say no more of costs today; the log does, and so does the dashboard."
_MISTAKES, _COSTS = "mistakes ", "costs "
_OPEN = {
    "m.room.join_rules": ("join_rule", "public"),
    "m.room.history_visibility": ("history_visibility", "world_readable"),
}


async def heard_from(instance: Instance, person: str, room_id: str) -> None:
    """Somebody talks to us there."""
    if is_admin(instance.configuration.current.access, person):
        await noted(partial(instance.store.admin_rooms.seen, room_id), patience=0)


async def shut_out(instance: Instance, room_id: str) -> None:
    """We are there no more."""
    await noted(partial(instance.store.admin_rooms.forget, room_id), patience=0)


async def tell_of_mistakes(instance: Instance) -> None:
    """What is wrong with the configuration: each text of mistakes once, until they are mended."""
    rooms = instance.store.admin_rooms
    try:
        async with instance.running.turn("admins"):
            problem = instance.configuration.problem
            if not problem:
                await rooms.forget_told(_MISTAKES)
                return
            name = _MISTAKES + hashlib.sha256(problem.encode()).hexdigest()
            said = f"⚠️ **The configuration has mistakes.**\n\n{listed(problem.splitlines())}"
            if not await rooms.is_told(name) and await _tell(instance, said):
                await rooms.told(name)
    except Exception:
        instance.log.exception("Admins could not be told of the mistakes")


async def tell_of_costs(instance: Instance, person: str, room_id: str) -> None:
    """That most of what may be spent is spent: once a day or month, for each person and room."""
    limits, usage = instance.configuration.current.limits, instance.store.usage
    spending = [one for one in allowances(limits, person, room_id, time.time()) if one.is_money]
    try:
        for one in spending:
            total = await usage.total(one.since, person=one.person, room_id=one.room_id)
            if one.of(total) >= one.most * NEARLY:
                async with instance.running.turn("admins"):
                    await _tell_of_cost(instance, one, total)
    except Exception:
        instance.log.exception("Admins could not be told of costs")


async def _tell_of_cost(instance: Instance, one: Allowance, total: Total) -> None:
    rooms, now = instance.store.admin_rooms, time.time()
    name = f"{_COSTS}{one.key} {one.most} {one.since:.0f} {one.person or one.room_id}"
    if await rooms.is_told(name):
        return
    whose = code(one.person) if one.person else f"the room {code(one.room_id)}"
    said = (
        f"{whose} has used {one.written(one.of(total))} of the {one.written(one.most)} that "
        f"{code(f'limits.{one.key}')} allows {one.period}. Beyond that no question is answered; "
        f"the next is possible {one.again}."
    )
    instance.log.warning("Costs: %s", said)
    told = await rooms.told_since(day_of(now), _COSTS)
    await rooms.told(name)
    if told < OF_COSTS:
        more = f" {_NO_MORE}" if told == OF_COSTS - 1 else ""
        await _tell(instance, f"💰 {said[0].upper()}{said[1:]}{more}")


async def _tell(instance: Instance, said: str) -> bool:
    """Tell it in the first room where it can be; whether there is one."""
    for room_id in await instance.store.admin_rooms.newest():
        if await _is_among_admins(instance, room_id) and await tell(instance, room_id, said):
            return True
    return False


async def _is_among_admins(instance: Instance, room_id: str) -> bool:
    """Whether an admin is there, and nobody else, nor may anybody walk in or read it from outside.

    Not where the server does not say.
    """
    access, me = instance.configuration.current.access, str(instance.client.mxid)
    joined = await instance.people.joined(room_id)
    others = [user for user in joined if user != me]
    if me not in joined or not others or not all(is_admin(access, user) for user in others):
        return False
    try:
        return not [kind for kind in _OPEN if await _is_open(instance, room_id, kind)]
    except (MatrixError, TimeoutError):
        return False


async def _is_open(instance: Instance, room_id: str, kind: str) -> bool:
    key, value = _OPEN[kind]
    path = Path.v3.rooms[room_id].state[kind]
    try:
        state = await instance.client.api.request(Method.GET, path)
    except MNotFound:  # where nothing is set, a room is closed
        return False
    return text(as_raw(state), key) == value
