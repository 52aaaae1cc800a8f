"""Questions that were asked while nobody listened: answered, told, or left, as the room's
`missed_questions` says; once, and not those that have an answer (answered.py).

The homeserver is asked at the start, of all rooms at once, what came since this account was last
heard (last_heard.py). What it has only later is late.py's.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from itertools import chain, repeat
from secrets import token_hex
from typing import TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from mautrix.api import Method, Path
from mautrix.errors import MatrixStandardRequestError

from ...document import Document
from ...matrix.reading.in_words import POLLS, STICKER
from ...matrix.reading.raw import Raw, identifier, number, timelines
from ...matrix.reading.said import Said
from ...matrix.sending.scheduler import Scheduler
from ..answering.answer import begin
from ..answering.repair import settle_these
from ..instance import Instance
from ..room.access import may_ask
from ..room.history import is_to_us
from ..room.triggers import Question, Situation, destination, question
from ..store import Answer, Unfinished
from .answered import is_answered, look_in_room
from .in_place_of_reactions import was_steered
from .last_heard import LastHeard
from .opened import REMOVED, is_sealed, opened
from .unreadable import not_read

MISSED = "⚠️ I was not running when this was asked. Ask again, or react with 🔁."

ANSWERED_FOR = 600.0
"""Seconds after which a missed question is not answered any more, but told."""
_TOLD_FOR = 7 * 86400.0
IN_ROOM, IN_ALL = 3, 30
"""So many are answered or told: the newest."""

# Seconds in which the keys to what was said may still come, at first, and once what can be read is
# seen to: where another server is slow.
_KEYS_WAITS = (3.0, 20.0)
_WAITS = (5.0, 15.0, 60.0, 300.0)  # seconds after each try to reach the homeserver

_HEARD = ("m.room.message", "m.room.encrypted", REMOVED, "m.room.tombstone", "m.reaction")

Missed: TypeAlias = tuple[Question, Situation]
Came: TypeAlias = Callable[[Raw], None]
_Found = TypeVar("_Found")

_turns: WeakKeyDictionary[Scheduler, asyncio.Lock] = WeakKeyDictionary()


async def catch_up(instance: Instance, last_heard: LastHeard, came: Came) -> None:
    """See to what was missed, if an earlier process has heard this account at all.

    `came` is given all that came since, before the questions in it are seen to.

    Where that fails, the mark stays: the next start sees to it.
    """
    try:
        if mark := await last_heard.before():
            # Two instances of one account: the second finds what the first has answered.
            async with _turns.setdefault(instance.scheduler, asyncio.Lock()):
                await _catch_up(instance, mark, came)
    except Exception:
        instance.log.exception("What was asked meanwhile could not be seen to")
    else:
        last_heard.caught_up()


async def _catch_up(instance: Instance, mark: str, came: Came) -> None:
    sync, asked_at = await _came_since(instance, mark)
    came(sync)
    older = {
        room_id: [raw for raw in events if not instance.is_younger(raw, asked_at)]
        for room_id, events in timelines(sync)
    }
    # While the server was asked, somebody may have asked us: nobody is told that we were away.
    just_now = {
        identifier(raw, "event_id")
        for raws in older.values()
        for raw in raws
        if instance.is_younger(raw)
    }
    await _see_to_all(instance, older, Counter(), just_now)


async def see_to(instance: Instance, late: Sequence[Raw], seen_to: Counter[str]) -> None:
    """See to the questions among events that were sent before this instance began, and have come
    only now. `seen_to` counts them, by room.
    """
    rooms: dict[str, list[Raw]] = {}
    for raw in late:
        rooms.setdefault(identifier(raw, "room_id"), []).append(raw)
    try:
        async with _turns.setdefault(instance.scheduler, asyncio.Lock()):
            await _see_to_all(instance, rooms, seen_to)
    except Exception:
        instance.log.exception("What was asked before could not be seen to")


async def _see_to_all(
    instance: Instance,
    rooms: Mapping[str, list[Raw]],
    seen_to: Counter[str],
    just_now: Collection[str] = (),
) -> None:
    """Of what was sent to these rooms, first what can be read now, then what can a while later."""
    of_room = instance.configuration.current.for_room
    left = {
        room_id: raws
        for room_id, raws in rooms.items()
        if raws and of_room(room_id).missed_questions != "ignore"
    }
    for patience in _KEYS_WAITS:
        said, left = await opened(instance.client, left, patience)
        await _answer_or_tell(instance, await _missed(instance, said), seen_to, just_now)
    for raws in left.values():
        await _not_read(instance, raws)


async def _not_read(instance: Instance, raws: list[Raw]) -> None:
    """The newest of a room that cannot be read, if it is not old."""
    newest = next((raw for raw in reversed(raws) if is_sealed(raw)), {})
    if time.time() - (number(newest, "origin_server_ts") or 0) / 1000 <= _TOLD_FOR:
        try:
            await not_read(instance, newest, is_missed=True)
        except Exception:
            instance.log.exception("Whom to tell that something was not read is not known")


async def _answer_or_tell(
    instance: Instance, found: list[Missed], seen_to: Counter[str], just_now: Collection[str]
) -> None:
    missed = await _without_answer(instance, found, seen_to)
    to_tell = []
    for asked, situation in missed:
        if asked.event_id in just_now or _is_to_be_answered(instance, asked):
            await begin(instance, asked, situation)
        else:
            to_tell.append(_told(instance, asked))
    await settle_these(instance, to_tell)


async def _missed(instance: Instance, rooms: Mapping[str, list[Said]]) -> list[Missed]:
    """All questions in what was said in these rooms before the start, oldest first.

    Some that were asked a moment after it are among them, and are heard too. None is neither.
    """
    missed = []
    for room_id, said in rooms.items():
        missed += await _patiently(instance, partial(_asked_in, instance, room_id, said)) or []
    return sorted(missed, key=lambda one: one[0].asked_at)


async def _patiently(instance: Instance, look: Callable[[], Awaitable[_Found]]) -> _Found | None:
    """What is found, once the homeserver answers; None where it does not for minutes."""
    for wait in (*_WAITS, None):
        try:
            return await look()
        except Exception as error:
            if wait is None:
                instance.log.exception("What was asked meanwhile is not all known")
                break
            instance.log.debug("What was asked meanwhile is not known yet: %s", error)
        await asyncio.sleep(wait)
    return None


async def _without_answer(
    instance: Instance, missed: list[Missed], seen_to: Counter[str]
) -> list[Missed]:
    """The newest of them that nobody has answered, oldest first."""
    found: list[Missed] = []
    for asked, situation in reversed(missed):
        if seen_to.total() >= IN_ALL:
            break
        if seen_to[asked.room_id] < IN_ROOM and not await _is_done(instance, asked):
            found.append((asked, situation))
            seen_to[asked.room_id] += 1
    return found[::-1]


async def _came_since(instance: Instance, mark: str) -> tuple[Raw, float]:
    """What came, and when this was asked, by the loop's clock: not later than the answer."""
    # Synapse answers the same request as within two minutes before from its memory, as if nothing
    # had come since. So none is the same: this type exists nowhere.
    nothing = {"not_types": ["*", token_hex(8)]}
    timeline = {
        "types": [*_HEARD, STICKER, *POLLS],
        "not_senders": [instance.client.mxid],
        "limit": 100,
    }
    rooms = {"timeline": timeline, "state": nothing, "ephemeral": nothing, "account_data": nothing}
    chosen = json.dumps({"room": rooms, "presence": nothing, "account_data": nothing})
    query = {"since": mark, "timeout": "0", "filter": chosen, "set_presence": "offline"}
    for wait in chain(_WAITS, repeat(_WAITS[-1])):
        asked_at = asyncio.get_running_loop().time()
        try:
            found: Raw = await instance.client.api.request(
                Method.GET, Path.v3.sync, query_params=query
            )
            return found, asked_at
        except Exception as error:
            instance.log.debug("What was asked meanwhile is not known: %s", error)
            if _knows_it_not(error):
                break
        await asyncio.sleep(wait)
    return {}, asked_at


def _knows_it_not(error: Exception) -> bool:
    """Whether the homeserver itself says that it knows no such mark: it has forgotten it."""
    return isinstance(error, MatrixStandardRequestError) and error.http_status == 400


async def _asked_in(instance: Instance, room_id: str, came: list[Said]) -> list[Missed]:
    """The questions among what came, oldest first, of people who may ask."""
    configuration = instance.configuration.current
    now, server = await instance.situation_in(room_id), await instance.people.server(room_id)
    then = replace(now, since=int((time.time() - _TOLD_FOR) * 1000))
    found = []
    for said in came:
        if not said.sender:
            continue
        to_us = await is_to_us(instance.store.answers, said)
        asked = question(said, then, to_us=to_us)
        may = asked and may_ask(configuration.access, asked.sender, room_id, server)
        if not (asked and may) or asked.is_empty:
            continue
        if await was_steered(instance, said) is None:  # pressed.py's, if it is
            found.append((asked, now))
    return found


async def _is_done(instance: Instance, asked: Question) -> bool:
    if await is_answered(instance, asked):
        return True
    # Where that cannot be found out, somebody may have answered: rather nothing than twice.
    return await _patiently(instance, partial(look_in_room, instance, asked)) is not False


def _is_to_be_answered(instance: Instance, asked: Question) -> bool:
    is_fresh = time.time() - asked.asked_at / 1000 <= ANSWERED_FOR
    settings = instance.configuration.current.for_room(asked.room_id)
    return is_fresh and settings.missed_questions == "answer"


def _told(instance: Instance, asked: Question) -> Unfinished:
    """An answer whose end is to say that nobody was there."""
    settings = instance.configuration.current.for_room(asked.room_id)
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
    return Unfinished(name, "concluded", told, Document())
