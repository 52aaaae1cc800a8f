"""The room takes the bot's voice, its message or its company away, and gives it back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import quote

from tests.bed.models import Reply

from .case import Case, Happens
from .scene import Scene, Stage
from .verdict import Question

_AWHILE = 1.0  # seconds that it lasts

InRoom: TypeAlias = Callable[[Stage, str], Awaitable[None]]


def in_each(take: InRoom, give: InRoom) -> Happens:
    """Something is taken in the middle of the answers, and given back."""

    async def happens(scene: Scene) -> None:
        await scene.ask()
        await scene.show(5)
        rooms = [(stage, room) for stage in scene.stages for room in stage.rooms]
        await asyncio.gather(*(take(*room) for room in rooms))
        await asyncio.sleep(_AWHILE)
        await asyncio.gather(*(give(*room) for room in rooms))
        scene.is_free()

    return happens


async def upgrade(scene: Scene) -> None:
    """Another room takes the place of each in the middle of the answers."""
    await scene.ask(lambda words: Reply(words, delay=0.2))
    await scene.show(5)
    await asyncio.gather(*(_upgraded(scene, *one) for one in scene.questions))
    scene.is_free()


async def _upgraded(scene: Scene, stage: Stage, question: Question) -> None:
    path = f"rooms/{quote(question.room_id)}/upgrade"
    made = await stage.watcher.request("POST", path, {"new_version": "12"})
    new = str(made["replacement_room"])
    for person in stage.people[1:]:
        await person.join(new)
    scene.moves(stage, question, new)
    await stage.watcher.sees_joined(new, stage.bot.user_id)


async def kick(stage: Stage, room: str) -> None:
    await stage.watcher.kick(room, stage.bot.user_id)


async def invite(stage: Stage, room: str) -> None:
    stage.watcher.seen[:] = [seen for seen in stage.watcher.seen if not _membership(seen.type)]
    await stage.watcher.invite(room, stage.bot.user_id)
    await stage.watcher.sees_joined(room, stage.bot.user_id)


def _membership(event_type: str) -> bool:
    return event_type == "m.room.member"


async def ban(stage: Stage, room: str) -> None:
    await _of_bot(stage, room, "ban")


async def pardon(stage: Stage, room: str) -> None:
    await _of_bot(stage, room, "unban")
    await invite(stage, room)


async def silence(stage: Stage, room: str) -> None:
    await _may_speak(stage, room, 50)


async def give_voice(stage: Stage, room: str) -> None:
    await _may_speak(stage, room, 0)


async def redact(stage: Stage, room: str) -> None:
    for seen in [seen for seen in stage.watcher.seen if seen.room_id == room]:
        if seen.sender == stage.bot.user_id and seen.type == "m.room.message" and not seen.edits:
            await stage.watcher.redact(room, seen.id)


async def leave(stage: Stage, room: str) -> None:
    for person in stage.people:
        await person.leave(room)


async def come_back(stage: Stage, room: str) -> None:
    for person in stage.people:
        await person.join(room)


async def nothing(stage: Stage, room: str) -> None: ...


async def _of_bot(stage: Stage, room: str, what: str) -> None:
    fields = {"user_id": stage.bot.user_id}
    await stage.watcher.request("POST", f"rooms/{quote(room)}/{what}", fields)


async def _may_speak(stage: Stage, room: str, level: int) -> None:
    path = f"rooms/{quote(room)}/state/m.room.power_levels"
    levels = await stage.watcher.request("GET", path)
    changed = levels | {"events_default": level}
    await stage.watcher.set_state(room, "m.room.power_levels", changed)


CASES = (
    Case("kicked", "bot kicked, invited again", in_each(kick, invite), "ended"),
    Case("banned", "bot banned, pardoned, invited", in_each(ban, pardon), "ended"),
    Case("silenced", "power level taken, given back", in_each(silence, give_voice), "ended"),
    Case("redacted", "message redacted while it is written", in_each(redact, nothing), "gone"),
    Case("upgraded", "room upgraded in mid-answer", upgrade, "ended"),
    Case("alone", "everyone left, came back", in_each(leave, come_back), "ended"),
)
