"""Questions that were asked while nobody listened: answered, told, or left, as the room's
`missed_questions` says; once, and not those that have an answer (answered.py).

The homeserver is asked at the start, of all rooms at once, what came since this account was last
heard (last_heard.py).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from mautrix.api import Method, Path
from mautrix.errors import MatrixConnectionError, MatrixError

from ...document import Document
from ...matrix.reading.in_words import POLLS, STICKER
from ...matrix.reading.raw import Raw, at, identifier
from ...matrix.reading.said import Said, read_all
from ...matrix.sending.scheduler import Scheduler
from ..answering.answer import begin
from ..answering.repair import settle_now
from ..instance import Instance
from ..room.access import may_ask
from ..room.decryption import decrypted
from ..room.history import is_to_us
from ..room.triggers import Question, Situation, destination, question
from ..store import Answer, Unfinished
from .answered import is_answered, is_answered_in_room
from .last_heard import LastHeard

MISSED = "⚠️ I was not running when this was asked. Ask again, or react with 🔁."

ANSWERED_FOR = 600.0
"""Seconds after which a missed question is not answered any more, but told."""
_TOLD_FOR = 7 * 86400.0
IN_ROOM, IN_ALL = 3, 30
"""So many are answered or told: the newest."""

_WAITS = (5.0, 15.0, 60.0, 300.0)  # seconds after each try to reach the homeserver

_turns: WeakKeyDictionary[Scheduler, asyncio.Lock] = WeakKeyDictionary()


async def catch_up(instance: Instance, last_heard: LastHeard) -> None:
    """See to what was missed, if an earlier process has heard this account at all."""
    if mark := await last_heard.before():
        # Two instances of one account: the second finds what the first has answered.
        async with _turns.setdefault(instance.scheduler, asyncio.Lock()):
            try:
                await _catch_up(instance, mark)
            except Exception:
                instance.log.exception("What was asked meanwhile could not be seen to")
    last_heard.caught_up()


async def _catch_up(instance: Instance, mark: str) -> None:
    rooms = at(await _came_since(instance, mark), "rooms", "join")
    missed: list[tuple[Question, Situation]] = []
    for room_id in rooms:
        try:
            events = at(rooms, room_id, "timeline").get("events")
            found = await _asked_in(instance, room_id, events)
            missed += [one for one in found if not await _is_done(instance, one[0])][-IN_ROOM:]
        except Exception:
            instance.log.exception("What was asked meanwhile in %s is not known", room_id)
    missed.sort(key=lambda one: one[0].asked_at)
    for asked, situation in missed[-IN_ALL:]:
        await _see_to(instance, asked, situation)


async def _came_since(instance: Instance, mark: str) -> Raw:
    nothing = {"not_types": ["*"]}
    timeline = {
        "types": ["m.room.message", "m.room.encrypted", "m.room.redaction", STICKER, *POLLS],
        "not_senders": [instance.client.mxid],
        "limit": 50,
    }
    rooms = {"timeline": timeline, "state": nothing, "ephemeral": nothing, "account_data": nothing}
    chosen = json.dumps({"room": rooms, "presence": nothing, "account_data": nothing})
    query = {"since": mark, "timeout": "0", "filter": chosen, "set_presence": "offline"}
    for wait in (*_WAITS, None):
        try:
            found: Raw = await instance.client.api.request(
                Method.GET, Path.v3.sync, query_params=query
            )
            return found
        except (MatrixError, TimeoutError) as error:
            is_away = isinstance(error, MatrixConnectionError | TimeoutError) or _is_busy(error)
            if not is_away or wait is None:
                instance.log.debug("What was asked meanwhile is not known: %s", error)
                return {}
            await asyncio.sleep(wait)
    return {}


def _is_busy(error: Exception) -> bool:
    status = getattr(error, "http_status", 0)
    return status == 429 or status >= 500


async def _asked_in(
    instance: Instance, room_id: str, events: Any
) -> list[tuple[Question, Situation]]:
    """The questions among what came, oldest first, of people who may ask."""
    configuration = instance.configuration.current
    raws = [raw for raw in events if isinstance(raw, Mapping)] if isinstance(events, list) else []
    if not raws or configuration.for_room(room_id).missed_questions == "ignore":
        return []
    now = await instance.situation_in(room_id)
    then = replace(now, since=int((time.time() - _TOLD_FOR) * 1000))
    found = []
    for said in await _read(instance, [{**raw, "room_id": room_id} for raw in raws]):
        if said.sent_at >= instance.started_at or not said.sender:
            continue
        to_us = await is_to_us(instance.store.answers, said)
        asked = question(said, then, to_us=to_us)
        may = asked and may_ask(configuration.access, asked.sender, room_id)
        if asked and may and not asked.is_empty:
            found.append((asked, now))
    return found


async def _read(instance: Instance, raws: list[Raw]) -> list[Said]:
    """What they say, decrypted, edits applied."""
    is_sealed = [raw.get("type") == "m.room.encrypted" for raw in raws]
    opened = await asyncio.gather(
        *(
            decrypted(instance.client, raw, patient=True)
            for raw, sealed in zip(raws, is_sealed, strict=True)
            if sealed
        )
    )
    clear = {identifier(one.raw, "event_id"): one for one in opened if one}
    plain = [raw for raw, sealed in zip(raws, is_sealed, strict=True) if not sealed]
    said = read_all([*plain, *(one.raw for one in clear.values())])
    return [
        replace(one, encrypted_by=clear[one.event_id].by) if one.event_id in clear else one
        for one in said
    ]


async def _is_done(instance: Instance, asked: Question) -> bool:
    return await is_answered(instance, asked) or await is_answered_in_room(instance, asked)


async def _see_to(instance: Instance, asked: Question, situation: Situation) -> None:
    settings = instance.configuration.current.for_room(asked.room_id)
    is_fresh = time.time() - asked.asked_at / 1000 <= ANSWERED_FOR
    if settings.missed_questions == "answer" and is_fresh:
        await begin(instance, asked, situation)
        return
    about = instance.configuration.current.providers.get(settings.provider)
    told = Answer(
        event_id="",
        room_id=asked.room_id,
        question_id=asked.event_id,
        thread_root=destination(asked, settings.thread).thread_root,
        asker=asked.sender,
        provider=settings.provider,
        model=settings.model or (about.model if about else ""),
        text="",
        status="interrupted",
        created_at=time.time(),
        note=MISSED,
    )
    # Named after its question, so that the server takes it once from however many tell it.
    name = sha256(f"missed {asked.room_id} {asked.event_id}".encode()).hexdigest()[:32]
    await settle_now(instance, Unfinished(name, "concluded", told, Document()))
