"""`!llm` among several people, and the configuration in maubot's web UI, through a real maubot."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from ..bed.models import ModelServer, Reply
from ..bed.person import Person
from .conftest import Stage
from .scene import KEY, Scene, configuration


@dataclass(frozen=True, slots=True)
class Company:
    """A room of alice, who made it, bob, a moderator and the bot."""

    scene: Scene
    bob: Person
    mod: Person
    room: str

    async def hears(self, person: Person, text: str) -> str:
        """What the bot says first after this."""
        after = await person.say(self.room, text)
        said = await person.until(
            lambda: person.messages(self.room, self.scene.bot.user_id, after)
        )
        return said[0].body

    async def asks(self, person: Person, question: str) -> str:
        """The finished answer to this."""
        bed, after = self.scene.bed, await person.say(self.room, question)
        return (await bed.answer(person, self.room, self.scene.bot, after)).body

    async def web_ui(self) -> str:
        """The configuration as the web UI shows it."""
        shown = await self.scene.bed.maubot.instance(self.scene.bot.instance)
        return str(shown["config"])

    async def save(self, text: str) -> None:
        """What the web UI's button does."""
        await self.scene.bed.maubot.set_config(self.scene.bot.instance, text)


@pytest.fixture
async def company(stage: Stage, models: ModelServer) -> AsyncIterator[Company]:
    async with AsyncExitStack() as stack:
        scene = await stage(configuration(models))
        bob = await stack.enter_async_context(scene.bed.person("bob"))
        mod = await stack.enter_async_context(scene.bed.person("mod"))
        room = await scene.bed.room(scene.alice, scene.bot, bob, mod)
        await _empower(scene.alice, room, {mod.user_id: 50})
        yield Company(scene, bob, mod, room)


async def _empower(owner: Person, room: str, users: Mapping[str, int]) -> None:
    path = f"rooms/{quote(room)}/state/m.room.power_levels/"
    levels: dict[str, Any] = await owner.request("GET", path)
    levels["users"] = {**levels.get("users", {}), **users}
    await owner.set_state(room, "m.room.power_levels", levels)


def written(models: ModelServer, more: str = "") -> str:
    """A configuration as a person writes it, with words of their own."""
    provider = json.dumps(configuration(models)["providers"]["tested"])
    return (
        "# Ours, since May.\n"
        f"providers:\n    # The one in the cellar.\n    tested: {provider}\n"
        "defaults:\n    provider: tested  # the only one\n"
        f"{more}"
    )


async def test_what_a_moderator_sets_holds_at_once_and_stands_in_the_web_ui(
    company: Company, models: ModelServer
) -> None:
    await company.save(written(models, "    trigger: all\n"))

    said = await company.hears(company.mod, "!llm set trigger mention")

    assert said == "`trigger` is now `mention` in this room."
    text = await company.web_ui()
    assert company.room in text
    assert "trigger: mention" in text
    for words in ("# Ours, since May.", "# The one in the cellar.", "# the only one"):
        assert words in text
    assert "is now `all`" in await company.hears(company.mod, "!llm set trigger all")
    models.script(Reply("Because."))
    assert "Because." in await company.asks(company.bob, "why is the sky blue?")


async def test_a_stranger_makes_a_room_of_theirs_no_faster_dearer_or_wider(
    company: Company, models: ModelServer
) -> None:
    ours = "tools: {files: {command: nothing, approve: always}}\n"
    dear = "    dear: {type: demo, for: ['@ann:*']}\n"
    await company.save(written(models, ours).replace("defaults:", f"{dear}defaults:"))
    before = await company.web_ui()
    for typed in (
        "provider dear",
        "tools files",
        "tools fetch",
        "max_tokens 900000000000",
        "max_steps 100",
        "history_messages 500",
        "edit_interval_ms 100",
        "max_edits 1000",
        "trigger all",
    ):
        assert "is now" not in await company.hears(company.mod, f"!llm set {typed}")
    assert await company.web_ui() == before
    for shown in ("providers", "set tools x", "set provider x", "settings tools"):
        said = await company.hears(company.scene.alice, f"!llm {shown}")
        assert "dear" not in said
        assert "files" not in said


async def test_what_was_set_in_a_room_goes_when_the_bot_has_left_it(
    company: Company, models: ModelServer
) -> None:
    await company.save(written(models))
    await company.hears(company.mod, "!llm set thread always")
    assert company.room in await company.web_ui()

    await company.scene.alice.request(
        "POST",
        f"rooms/{quote(company.room)}/kick",
        {"user_id": company.scene.bot.user_id},
    )

    async with asyncio.timeout(90):
        while company.room in await company.web_ui():  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(0.1)
    assert "# Ours, since May." in await company.web_ui()


async def test_a_plain_member_may_not_set_and_hears_who_may(company: Company) -> None:
    before = await company.web_ui()

    said = await company.hears(company.bob, "!llm set trigger all")

    assert "power level 50 or more here (yours is 0)" in said
    assert await company.web_ui() == before
    assert "!llm set KEY" not in await company.hears(company.bob, "!llm")
    assert "!llm set KEY" in await company.hears(company.mod, "!llm")


async def test_who_made_the_room_may_set_but_only_admins_for_all_rooms(
    company: Company, models: ModelServer
) -> None:
    alice = company.scene.alice
    assert "is now `always`" in await company.hears(alice, "!llm set thread always")
    assert "Only my admins" in await company.hears(alice, "!llm set thread never --everywhere")

    await company.save(written(models, f'access: {{admins: ["{alice.user_id}"]}}\n'))

    said = await company.hears(alice, "!llm set thread never --everywhere")
    assert said == "`thread` is now `never` everywhere."


async def test_a_configuration_saved_in_the_web_ui_holds_at_once_in_running_rooms(
    company: Company, models: ModelServer
) -> None:
    assert "mention" in await company.hears(company.bob, "!llm settings trigger")

    await company.save(written(models, "    trigger: command\n"))

    assert "It is `command` here" in await company.hears(company.bob, "!llm settings trigger")


@pytest.mark.parametrize("mistake", ["limitz: {}\n", "defaults: [\n"], ids=["key", "yaml"])
async def test_a_broken_configuration_leaves_the_last_good_one_and_status_says_so(
    company: Company, models: ModelServer, mistake: str
) -> None:
    alice = company.scene.alice
    good = written(models, f'access: {{admins: ["{alice.user_id}"]}}\n')
    await company.save(good)
    await company.save(good + mistake)

    assert "of `tested`" in await company.hears(company.bob, "!llm status")
    assert "Configuration" not in await company.hears(company.mod, "!llm status")
    said = await company.hears(alice, "!llm status")
    assert "Configuration" in said
    assert "still in force" in said
    models.script(Reply("Because."))
    assert "Because." in await company.asks(company.bob, "!ask why?")

    await company.save(good)

    assert "Configuration" not in await company.hears(alice, "!llm status")


async def test_the_last_good_configuration_holds_after_a_reload_too(
    company: Company, models: ModelServer
) -> None:
    alice = company.scene.alice
    good = written(models, f'access: {{admins: ["{alice.user_id}"]}}\n')
    await company.save(good)
    await company.save(good + "defaults: [\n")

    await company.scene.bed.maubot.reload()

    models.script(Reply("Because."))
    assert "Because." in await company.asks(company.bob, "!ask why?")
    assert "still in force" in await company.hears(alice, "!llm status")


async def test_models_are_the_servers_own_and_others_cannot_be_set(
    company: Company, models: ModelServer
) -> None:
    said = await company.hears(company.bob, "!llm models")
    assert "`large`" in said
    assert "`small` ← answers here" in said
    assert "did you mean `large`" in await company.hears(company.mod, "!llm set model larg")

    await company.hears(company.mod, "!llm set model large")
    await company.asks(company.bob, "!ask why?")

    assert models.requests[-1].body["model"] == "large"
    assert KEY not in "".join(one.body for one in company.scene.said())


async def test_after_a_reset_the_model_knows_nothing_of_before(
    company: Company, models: ModelServer
) -> None:
    await company.save(written(models, "    trigger: all\n"))
    await company.asks(company.bob, "my name is Bob")
    await company.asks(company.bob, "what is my name?")
    assert "my name is Bob" in json.dumps(models.requests[-1].body)

    assert "A fresh start" in await company.hears(company.bob, "!llm reset")

    await company.asks(company.bob, "and now?")
    assert "my name is Bob" not in json.dumps(models.requests[-1].body)


async def test_stop_ends_the_request_for_those_who_may_and_says_how_many(
    company: Company, models: ModelServer
) -> None:
    models.script(Reply("One two three four five six seven", hold_after=3))
    assert "One" in await company.hears(company.mod, "!ask count")
    request = await models.next_request()
    assert "1 answer to others goes on" in await company.hears(company.bob, "!llm stop")

    said = await company.hears(company.mod, "!llm stop")

    assert said == "⏹️ Stopped 1 answer."
    await request.ended.wait()
    assert request.left_early


async def test_strangers_hear_once_that_they_may_not(
    company: Company, models: ModelServer
) -> None:
    await company.save(written(models, f'access: {{users: ["{company.mod.user_id}"]}}\n'))

    assert "not allowed to answer you" in await company.hears(company.bob, "!llm status")
    second = await company.bob.say(company.room, "!llm status")
    await company.hears(company.mod, "!llm providers")

    said = company.mod.messages(company.room, company.scene.bot.user_id, second)
    assert len(said) == 1
