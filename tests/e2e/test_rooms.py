"""Rooms as they are made: direct chats, rooms of the newest version, upgrades."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML

from ..bed.bed import Bed
from ..bed.models import ModelServer
from ..bed.person import Person
from .asked import question
from .conftest import Stage
from .scene import configuration


async def room_of_version(version: str, person: Person, *others: str, **fields: Any) -> str:
    asked = {"room_version": version, "preset": "private_chat", "invite": list(others), **fields}
    made = await person.request("POST", "createRoom", asked)
    for one in others:
        await person.sees_joined(made["room_id"], one)
    return str(made["room_id"])


async def test_a_named_room_of_two_is_no_direct_chat_unless_it_was_made_as_one(
    stage: Stage, bed: Bed, models: ModelServer, alice: Person
) -> None:
    scene = await stage(configuration(models, footer=False))
    named = await bed.room(alice, scene.bot, name="Project X")
    chat = await bed.room(alice, scene.bot, name="Me and the bot", direct=True)

    await alice.say(named, "not for the bot")
    asked = await alice.say(chat, "why?")
    await bed.answer(alice, chat, scene.bot, asked)
    asked = await alice.mention(named, scene.bot.user_id, "how?")
    await bed.answer(alice, named, scene.bot, asked)

    assert [question(one) for one in models.requests] == ["why?", "how?"]


async def test_an_upgraded_room_keeps_its_settings_and_its_creator_stands_above_all_power(
    stage: Stage, bed: Bed, models: ModelServer, alice: Person, bob: Person
) -> None:
    access = {"access": {"rooms": [f"!*:{alice.user_id.partition(':')[2]}"]}}
    scene = await stage(configuration(models, footer=False) | access)
    old = await room_of_version("10", alice, scene.bot.user_id, name="Old")
    asked = await alice.say(old, "!llm set history_messages 3")
    await alice.until(lambda: alice.messages(old, scene.bot.user_id, asked))

    new = (await alice.request("POST", f"rooms/{old}/upgrade", {"new_version": "12"}))[
        "replacement_room"
    ]
    await alice.invite(new, scene.bot.user_id)
    await alice.sees_joined(new, scene.bot.user_id)

    asked = await alice.mention(new, scene.bot.user_id, "still there?")
    await bed.answer(alice, new, scene.bot, asked)
    asked = await alice.say(new, "!llm set trigger command")
    told = await alice.until(lambda: alice.messages(new, scene.bot.user_id, asked))
    kept = (await bed.maubot.instance(scene.bot.instance))["config"]

    assert ":" not in new
    assert "is now" in told[0].body
    assert YAML().load(kept)["rooms"] == {new: {"history_messages": 3, "trigger": "command"}}
