"""This room: what the bot can do in it, and how its answers come."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

from mautrix.api import Method, Path
from mautrix.errors import MatrixError
from mautrix.types import RoomID

from ....matrix.reading.raw import at
from ....matrix.sending.encryption import is_encrypted
from ...phrases import code, count
from ...room.access import may_ask
from ..call import Call
from ..status import stream_mode, trigger
from .finding import Check, Finding

_DEFAULT_STATE = 50


def room_checks(call: Call) -> list[Check]:
    """Of the room in which they are asked for."""
    return [
        Check("Questions here", partial(_questions, call)),
        Check("Answers here", partial(_answers, call)),
        Check("Encryption here", partial(_encryption, call)),
        Check("Power here", partial(_power, call)),
        Check("Typing", partial(_typing, call)),
    ]


async def _questions(call: Call) -> Finding:
    situation = await call.instance.situation_in(call.room_id)
    access = call.configuration.access
    people = await call.instance.people.joined(call.room_id)
    others = [one for one in people if one != call.instance.client.mxid]
    allowed = await asyncio.to_thread(  # there may be many thousands
        lambda: sum(may_ask(access, one, call.room_id, call.server) for one in others)
    )
    taken = trigger(situation).partition(": ")[0]
    said = f"{taken}; {allowed} of {count(len(others), 'person', 'people')} here may ask"
    if allowed or not others:
        return Finding(said)
    remedy = "Under `access:`, `users` and `rooms` say who may ask and where."
    return Finding(said, "bad", remedy)


async def _answers(call: Call) -> Finding:
    delivery = await call.instance.capabilities.of(call.room_id, call.configuration.platforms)
    mode = stream_mode(call.settings, delivery)
    if call.settings.stream == "edits" and not delivery.edits:
        remedy = f"{call.form('set stream auto')} lets answers come as the room bears them."
        return Finding(mode, "better", remedy)
    return Finding(mode)


async def _encryption(call: Call) -> Finding:
    try:
        encrypted = await is_encrypted(call.instance.client, call.room_id)
    except MatrixError:
        return Finding("the homeserver does not say", "bad", "Try again later.")
    if not encrypted:
        return Finding("the room is not encrypted")
    return Finding("the room is encrypted, and so are answers")


async def _power(call: Call) -> Finding:
    instance, me = call.instance, str(call.instance.client.mxid)
    path = Path.v3.rooms[call.room_id].state["m.room.power_levels"]
    try:
        mine = await instance.people.power(call.room_id, me)
        levels = await instance.client.api.request(Method.GET, path)
    except MatrixError:
        return Finding("the homeserver does not say", "bad", "Try again later.")
    others = levels.get("events_default", 0)
    encrypted = await is_encrypted(instance.client, call.room_id)
    needed = {
        "write": "m.room.encrypted" if encrypted else "m.room.message",
        "place reactions": "m.reaction",
        "remove its answers": "m.room.redaction",
    }
    lacking = {
        what: level
        for what, kind in needed.items()
        if isinstance(level := at(levels, "events").get(kind, others), int) and mine < level
    }
    if not lacking:
        return Finding("enough" if mine >= 2**53 else f"{mine}, which is enough")
    missing = ", ".join(f"{what} ({level})" for what, level in lacking.items())
    return Finding(
        f"{mine}, which is too little to {missing}",
        "bad" if "write" in lacking else "better",
        f"Give {code(me)} power level {max(lacking.values())} in this room's settings, or ask "
        "less of all.",
    )


async def _typing(call: Call) -> Finding:
    client, room = call.instance.client, RoomID(call.room_id)
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        await client.set_typing(room, timeout=10_000)
    except MatrixError as error:
        return Finding(
            f"the homeserver refuses it ({type(error).__name__})",
            "better",
            "Answers come all the same. The homeserver's log may say why.",
        )
    took = clock() - began
    with suppress(MatrixError):  # it ends by itself too
        await client.set_typing(room, timeout=0)
    return Finding(f"shown, after {took * 1000:.0f} ms")
