"""Who may ask, and where; everybody else is told so once an hour and costs nothing."""

from __future__ import annotations

from typing import Any

from ..bed.bed import Bed
from ..bed.models import ModelServer
from ..bed.person import Person
from .asked import question
from .conftest import Stage
from .scene import configuration


def only(models: ModelServer, *users: str, rooms: tuple[str, ...] = ("*",)) -> dict[str, Any]:
    access = {"access": {"users": list(users), "rooms": list(rooms)}}
    return configuration(models, include_names=False, context_messages=0) | access


async def test_a_stranger_gets_one_notice_however_often_they_ask(
    stage: Stage, models: ModelServer, alice: Person, bob: Person
) -> None:
    scene = await stage(only(models, alice.user_id), bob)

    refused = await bob.say(scene.room, "!ask one")
    notice = (await alice.until(lambda: scene.replies(refused)))[0]
    await bob.mention(scene.room, scene.bot.user_id, "two")
    await bob.say(scene.room, "!ask three")
    await scene.ask("four")

    assert notice.content["msgtype"] == "m.notice"
    assert "not allowed to answer you" in notice.body
    assert len(scene.said()) == 2
    assert [question(one) for one in models.requests] == ["four"]


async def test_globs_are_anchored_at_both_ends(
    stage: Stage, models: ModelServer, alice: Person, bob: Person
) -> None:
    glob = bob.user_id.replace(":", "*:")[:-1]  # @bob*:localhos
    scene = await stage(only(models, alice.user_id, glob, bob.user_id[1:]), bob)

    refused = await bob.say(scene.room, "!ask one")
    await alice.until(lambda: scene.replies(refused))

    assert not models.requests


async def test_globs_let_in_whom_they_name(
    stage: Stage, bed: Bed, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models), bob)
    await bed.maubot.set_config(scene.bot.instance, only(models, "@bob*:local?ost"))

    await scene.reply(await bob.say(scene.room, "!ask one"))
    refused = await scene.alice.say(scene.room, "!ask two")
    await scene.alice.until(lambda: scene.replies(refused))

    assert [question(one) for one in models.requests] == ["one"]


async def test_a_room_that_is_not_allowed_gets_a_notice_of_its_own(
    stage: Stage, bed: Bed, models: ModelServer, alice: Person
) -> None:
    scene = await stage(configuration(models))
    config = only(models, "*", rooms=("!elsewhere*",))
    await bed.maubot.set_config(scene.bot.instance, config)

    refused = await alice.say(scene.room, "!ask one")
    notice = (await alice.until(lambda: scene.replies(refused)))[0]

    assert "this room" in notice.body
    assert not models.requests


async def test_strangers_use_neither_commands_nor_reactions(
    stage: Stage, models: ModelServer, alice: Person, bob: Person
) -> None:
    scene = await stage(only(models, alice.user_id), bob)
    answer = await scene.ask("one")

    await bob.say(scene.room, "!llm set trigger all")
    await bob.react(scene.room, answer.id, "🔁")
    await alice.say(scene.room, "not for the bot")
    await scene.ask("two")

    assert [question(one) for one in models.requests] == ["one", "two"]


async def test_an_edit_does_not_open_a_door_that_was_closed_meanwhile(
    stage: Stage, bed: Bed, models: ModelServer, alice: Person, bob: Person
) -> None:
    scene = await stage(configuration(models), bob)
    asked = await bob.say(scene.room, "!ask one")
    await scene.reply(asked)
    await bed.maubot.set_config(scene.bot.instance, only(models, alice.user_id))

    await bob.edit(scene.room, asked, "!ask something dear")
    await scene.ask("two")

    assert "dear" not in str([one.body for one in models.requests])
