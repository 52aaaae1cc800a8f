"""Invites: maubot accepts them all by itself; of people who may not ask they are left again."""

from __future__ import annotations

from pathlib import Path

from ..bed.bed import Bed
from ..bed.models import ModelServer
from ..bed.person import Person
from ..bed.synapse import Synapse
from .conftest import Stage
from .scene import Scene, configuration


async def has_left(scene: Scene, person: Person, room_id: str, *, after: str) -> None:
    """Wait until the room's last word on the bot is that it left, having been `after` before."""

    def look() -> bool:
        changes = [
            seen.content["membership"]
            for seen in person.seen
            if (seen.room_id, seen.type) == (room_id, "m.room.member")
            and seen.event["state_key"] == scene.bot.user_id
        ]
        return after in changes and changes[-1] == "leave"

    await person.until(look)


async def members(person: Person, room_id: str) -> set[str]:
    answer = await person.request("GET", f"rooms/{room_id}/joined_members")
    return set(answer["joined"])


async def test_an_invite_of_a_stranger_is_left_again(
    stage: Stage, models: ModelServer, alice: Person, bob: Person
) -> None:
    access = {"access": {"users": [alice.user_id]}}
    scene = await stage(configuration(models) | access)

    room_id = await bob.create_room(invite=[scene.bot.user_id])

    await has_left(scene, bob, room_id, after="invite")
    await scene.ask("still with us?")
    assert scene.bot.user_id not in await members(bob, room_id)


async def test_also_where_maubot_can_join_after_it_was_left(
    stage: Stage, models: ModelServer, alice: Person, bob: Person
) -> None:
    access = {"access": {"users": [alice.user_id]}}
    scene = await stage(configuration(models) | access)
    public = {"type": "m.room.join_rules", "content": {"join_rule": "public"}}
    rooms = [await bob.create_room(state=[public]) for _ in range(5)]

    for room_id in rooms:
        await bob.invite(room_id, scene.bot.user_id)

    for room_id in rooms:
        await has_left(scene, bob, room_id, after="join")


async def test_an_allowed_person_s_invite_stays(
    stage: Stage, models: ModelServer, alice: Person, bob: Person
) -> None:
    access = {"access": {"users": [alice.user_id]}}
    scene = await stage(configuration(models) | access)
    room_id = await bob.create_room(invite=[scene.bot.user_id, alice.user_id])
    await has_left(scene, bob, room_id, after="invite")
    await alice.join(room_id)

    await alice.invite(room_id, scene.bot.user_id)

    await alice.sees_joined(room_id, scene.bot.user_id)
    await scene.bed.answer(
        alice, room_id, scene.bot, await alice.mention(room_id, scene.bot.user_id, "why?")
    )


async def test_a_join_refused_for_its_rate_is_made_when_there_is_room(
    bed: Bed, models: ModelServer, tmp_path: Path
) -> None:
    joins = {"per_second": 1, "burst_count": 1}
    slow = {"rc_joins": {"local": joins, "remote": joins}}
    async with Synapse.up(tmp_path, extra=slow) as synapse:
        strict = Bed(tmp_path, synapse, bed.maubot)
        async with strict.person("zoe") as zoe:
            bot = await strict.bot(configuration(models), name="joiner")
            rooms = [await zoe.create_room() for _ in range(3)]
            for room_id in rooms:
                await zoe.invite(room_id, bot.user_id)
            for room_id in rooms:
                await zoe.sees_joined(room_id, bot.user_id)
            await strict.dismiss(bot)
