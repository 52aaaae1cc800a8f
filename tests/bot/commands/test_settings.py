"""`!llm set`, `unset` and `settings`: what is written, what holds then, and who may."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmstream.bot.config import current

from ...bed.models import ModelServer
from .commanding import ADMIN, ALICE, CONFIG, MODERATOR, ROOM, CommandedBot


@pytest.fixture
async def bot(tmp_path: Path):
    async with CommandedBot.laid_in(tmp_path) as bot:
        yield bot


def here(bot: CommandedBot):
    return bot.instance.configuration.current.for_room(ROOM)


def elsewhere(bot: CommandedBot):
    return bot.instance.configuration.current.for_room("!other:here")


async def test_a_setting_holds_at_once_in_this_room_and_stands_in_the_web_ui(bot: CommandedBot):
    said = await bot.hears("!llm set thread always", by=MODERATOR)
    assert said == "`thread` is now `always` in this room."
    assert here(bot).thread == "always"
    assert elsewhere(bot).thread == "auto"
    assert "# Ours, since May." in bot.stored.text
    assert bot.stored.load_config()["rooms"][ROOM] == {"thread": "always"}


async def test_plain_members_may_not_and_hear_who_may(bot: CommandedBot):
    before = bot.stored.text
    said = await bot.hears("!llm set trigger all", by=ALICE)
    assert "power level 50 or more here (yours is 0)" in said
    assert "admins" in said
    assert "power level" in await bot.hears("!llm unset trigger", by=ALICE)
    assert bot.stored.text == before


async def test_without_a_known_power_level_only_admins_may(bot: CommandedBot):
    bot.town.power = None
    assert "does not tell me your power level" in await bot.hears(
        "!llm set trigger all", by=MODERATOR
    )
    assert here(bot).trigger == "mention"
    await bot.hears("!llm set trigger all", by=ADMIN)
    assert here(bot).trigger == "all"


async def test_all_rooms_are_for_admins_only(bot: CommandedBot):
    assert "Only my admins" in await bot.hears("!llm set trigger all --everywhere", by=MODERATOR)
    assert "Only my admins" in await bot.hears("!llm unset trigger --everywhere", by=MODERATOR)
    await bot.hears("!llm set thread always", by=MODERATOR)
    said = await bot.hears("!llm set thread never --everywhere", by=ADMIN)
    assert "Unchanged in 1 room with its own `thread`, this one among them." in said
    assert (here(bot).thread, elsewhere(bot).thread) == ("always", "never")


async def test_unset_goes_back_to_what_holds_everywhere_and_there_to_what_came_with_us(
    bot: CommandedBot,
):
    await bot.hears("!llm set max_steps 3 --everywhere", by=ADMIN)
    await bot.hears("!llm set max_steps 5", by=MODERATOR)
    assert "it is `3`" in await bot.hears("!llm unset max_steps", by=MODERATOR)
    assert here(bot).max_steps == 3
    assert "it is `8`" in await bot.hears("!llm unset max_steps --everywhere", by=ADMIN)
    assert here(bot).max_steps == 8
    assert "is not set in this room" in await bot.hears("!llm unset max_steps", by=MODERATOR)


async def test_texts_keep_their_lines_and_need_no_quotes(bot: CommandedBot):
    await bot.hears("!llm set system_prompt Be brief.\n\nBe “kind”.", by=MODERATOR)
    assert here(bot).system_prompt == "Be brief.\n\nBe “kind”."
    await bot.hears('!llm set placeholder "One moment"', by=MODERATOR)
    assert here(bot).placeholder == "One moment"
    await bot.hears("!llm set placeholder ''", by=MODERATOR)
    assert here(bot).placeholder == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("trigger sometimes", "it can be command, mention or all"),
        ("triger all", "did you mean `trigger`"),
        ("api_key sk-1", "api_key is unknown"),
        ("provider claude", "not under providers:"),
        ("tools time,hammer", "not under tools:"),
        ("edit_interval_ms 5", "from 100 to 60000"),
    ],
)
async def test_what_cannot_be_set_is_refused_with_what_can(
    bot: CommandedBot, typed: str, said: str
):
    before = bot.stored.text
    assert said in await bot.hears(f"!llm set {typed}", by=MODERATOR)
    assert bot.stored.text == before


async def test_a_key_without_a_value_is_explained(bot: CommandedBot):
    await bot.hears("!llm set stream single", by=MODERATOR)
    said = await bot.hears("!llm set stream", by=MODERATOR)
    assert "It can be auto, edits or single." in said
    assert "It is `single` here, and `auto` elsewhere." in said
    assert here(bot).stream == "single"


async def test_a_model_must_be_one_of_the_providers(bot: CommandedBot):
    assert "did you mean `tour`" in await bot.hears("!llm set model tours", by=MODERATOR)
    assert here(bot).model == ""
    await bot.hears("!llm set model tour", by=MODERATOR)
    assert here(bot).model == "tour"


async def test_a_model_is_set_unchecked_while_its_provider_is_away(bot: CommandedBot):
    await bot.hears("!llm set provider work", by=MODERATOR)
    said = await bot.hears("!llm set model big", by=MODERATOR)
    assert "I could not check" in said
    assert here(bot).model == "big"


async def test_the_model_is_checked_with_the_provider_of_the_scope(tmp_path: Path):
    async with ModelServer() as server, CommandedBot.laid_in(tmp_path) as bot:
        url = server.url_for("openai")
        bot.stored.text = bot.stored.text.replace("http://joe:pass-in-url@127.0.0.1:9/v1", url)
        assert await bot.instance.configuration.reload()
        await bot.hears("!llm set provider work", by=MODERATOR)
        assert "has no model `tour`" in await bot.hears("!llm set model tour", by=MODERATOR)
        assert "is now `large`" in await bot.hears("!llm set model large", by=MODERATOR)
        assert "is now `tour`" in await bot.hears("!llm set model tour --everywhere", by=ADMIN)


async def test_a_model_goes_with_the_provider_that_it_was_chosen_for(bot: CommandedBot):
    await bot.hears("!llm set model tour", by=MODERATOR)
    said = await bot.hears("!llm set provider work", by=MODERATOR)
    assert "The model `tour` was for `demo`: unset." in said
    assert here(bot).model == ""
    await bot.hears("!llm set model large", by=MODERATOR)
    assert "`large` was for `work`" in await bot.hears("!llm unset provider", by=MODERATOR)
    assert (here(bot).provider, here(bot).model) == ("demo", "")


async def test_a_model_for_all_goes_with_the_provider_for_all(bot: CommandedBot):
    await bot.hears("!llm set model tour --everywhere", by=ADMIN)
    await bot.hears("!llm set provider work --everywhere", by=ADMIN)
    assert (elsewhere(bot).provider, elsewhere(bot).model) == ("work", "")


async def test_settings_show_what_is_the_rooms_own_beside_the_defaults(bot: CommandedBot):
    assert "Nothing is set in this room." in await bot.hears("!llm settings")
    await bot.hears("!llm set trigger all", by=ADMIN)
    ours, _, others = (await bot.hears("!llm settings")).partition("**As everywhere else**")
    assert "- `trigger`: `all` (elsewhere `mention`)" in ours
    assert "- `thread`: `auto`" in others
    assert "`trigger`" not in others


async def test_a_text_that_is_no_yaml_is_not_written_over(bot: CommandedBot):
    bot.stored.text += "\n  - what: [is this"
    broken = bot.stored.text
    assert not await bot.instance.configuration.reload()
    assert "mend it in maubot's web UI first" in await bot.hears("!llm set trigger all", by=ADMIN)
    assert bot.stored.text == broken


async def test_a_change_beside_a_mistake_is_kept_but_does_not_hold_yet(bot: CommandedBot):
    bot.stored.text = bot.stored.text.replace("answers_at_once: 50", "answers_at_once: many")
    assert not await bot.instance.configuration.reload()
    said = await bot.hears("!llm set trigger all", by=ADMIN)
    assert "does not hold yet" in said
    assert here(bot).trigger == "mention"
    bot.stored.text = bot.stored.text.replace("answers_at_once: many", "answers_at_once: 5")
    assert await bot.instance.configuration.reload()
    assert here(bot).trigger == "all"


async def test_a_prompt_is_read_by_those_who_may_change_it(tmp_path: Path):
    config = CONFIG + 'defaults: {system_prompt: "The door code is 4711."}\n'
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        for person in (ALICE, MODERATOR):
            for words in (
                "settings",
                "settings system_prompt",
                "set system_prompt",
                "status",
                "unset system_prompt",
            ):
                assert "4711" not in await bot.hears(f"!llm {words}", by=person)
        assert "4711" in await bot.hears("!llm settings system_prompt", by=ADMIN)
        await bot.hears("!llm set system_prompt The key is under the mat.", by=MODERATOR)
        assert "the mat" in await bot.hears("!llm settings system_prompt", by=MODERATOR)
        assert "the mat" not in await bot.hears("!llm settings system_prompt", by=ALICE)


async def test_what_a_person_may_not_choose_is_not_told_to_them(tmp_path: Path):
    dear = CONFIG.replace("model: small", "model: small\n        for: ['@admin:*']")
    async with CommandedBot.laid_in(tmp_path, dear) as bot:
        for words in (
            "providers",
            "models work",
            "models gone",
            "set provider gone",
            "settings provider",
            "set tools gone",
            "settings tools",
            "help",
        ):
            said = await bot.hears(f"!llm {words}", by=MODERATOR)
            assert "tickets" not in said
            assert "`work`" not in said.replace("no provider `work`", "")
        assert "`work`" in await bot.hears("!llm providers", by=ADMIN)
        assert "`tickets`" in await bot.hears("!llm settings tools", by=ADMIN)


async def test_only_admins_add_to_a_file_that_has_got_long(bot: CommandedBot, monkeypatch):
    monkeypatch.setattr(current, "SIZE", len(bot.stored.text) + 200)
    await bot.hears(f"!llm set system_prompt {'x' * 300}", by=MODERATOR)
    assert "only my admins" in await bot.hears("!llm set thread always", by=MODERATOR)
    assert "is now" in await bot.hears("!llm set thread always", by=ADMIN)
    await bot.hears("!llm unset system_prompt", by=MODERATOR)
    assert "is now" in await bot.hears("!llm set thread never", by=MODERATOR)
