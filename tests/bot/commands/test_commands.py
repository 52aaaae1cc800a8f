"""`!llm` in a room: who hears what."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llmstream.bot.store import Answer, Spending

from ...bed.models import ModelServer
from .commanding import ADMIN, ALICE, CONFIG, MODERATOR, ROOM, CommandedBot

SECRETS = ("sk-secret-key", "pass-in-url", "secret-header", "tool-pass", "tool-key", "X-Token")
EVERY = ("", "help", "status", "providers", "models", "models work", "settings", "usage all")


@pytest.fixture
async def bot(tmp_path: Path):
    async with CommandedBot.laid_in(tmp_path) as bot:
        yield bot


def problems_of(said: str) -> bool:
    return "⚠️ **Configuration**" in said


def answer(**keys: object) -> Answer:
    known = {"event_id": "$answer", "room_id": ROOM, "question_id": "$question"}
    known |= {"thread_root": "", "asker": ALICE, "provider": "work", "model": "m", "text": ""}
    return Answer(**{**known, "status": "failed", "created_at": 0.0, **keys})  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["!llm", "!LLM", "  !llm help", "!llm\nhelp", "!llm HELP"])
async def test_the_command_may_be_typed_in_many_ways(bot: CommandedBot, text: str):
    assert "**Ask me**" in await bot.hears(text)


@pytest.mark.parametrize("text", ["llm", "!llms", "say !llm", "! llm", "!ask !llm"])
async def test_what_is_not_the_command_is_not_obeyed(bot: CommandedBot, text: str):
    assert not await bot.hears(text)


@pytest.mark.parametrize(
    "content",
    [
        {"msgtype": "m.notice"},
        {"org.matrix.msc4357.live": {}},
        {"dev.llmstream.answer": {"status": "complete"}},
        {
            "m.new_content": {"msgtype": "m.text", "body": "!llm"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$other"},
        },
    ],
    ids=["notice", "draft", "other bot", "edit"],
)
async def test_what_could_be_no_question_is_no_command(bot: CommandedBot, content: dict[str, Any]):
    assert not await bot.hears("!llm", content=content)


async def test_old_commands_and_our_own_are_not_obeyed(bot: CommandedBot):
    assert not await bot.hears("!llm", origin_server_ts=bot.instance.started_at - 1)
    assert not await bot.hears("!llm", by=bot.town.bot)


async def test_the_answer_is_a_notice_to_the_command_in_its_thread(bot: CommandedBot):
    await bot.hears("!llm", thread="$root")
    sent = bot.town.messages(ROOM)[-1].content
    assert sent["msgtype"] == "m.notice"
    assert sent["m.mentions"] == {}
    assert sent["m.relates_to"]["event_id"] == "$root"
    assert sent["m.relates_to"]["m.in_reply_to"]["event_id"].startswith("$said")


async def test_help_shows_people_only_what_they_may_do(bot: CommandedBot):
    plain = await bot.hears("!llm")
    assert "`!llm status`" in plain
    assert "!llm set" not in plain.replace("!llm settings", "")
    assert "`!llm set KEY VALUE`" in await bot.hears("!llm", by=MODERATOR)
    assert "--everywhere" not in await bot.hears("!llm", by=MODERATOR)
    assert "--everywhere" in await bot.hears("!llm", by=ADMIN)


async def test_help_says_how_to_ask_in_this_room(bot: CommandedBot):
    assert "mention me" in await bot.hears("!llm")
    await bot.hears("!llm set trigger command", by=MODERATOR)
    assert "mention me" not in await bot.hears("!llm")
    await bot.hears("!llm set trigger all", by=ADMIN)
    assert "every message here" in await bot.hears("!llm")


async def test_a_mistyped_word_is_answered_with_the_one_that_was_meant(bot: CommandedBot):
    said = await bot.hears("!llm statsu")
    assert "did you mean `status`" in said
    assert "\n" not in said


async def test_no_command_shows_a_secret_to_anybody(bot: CommandedBot):
    for words in EVERY:
        said = await bot.hears(f"!llm {words}", by=ADMIN)
        assert said
        assert not [secret for secret in SECRETS if secret in said]


async def test_strangers_hear_once_an_hour_that_they_may_not_and_nothing_else(tmp_path: Path):
    config = CONFIG + '    users: ["@alice:here"]\n'
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        assert "not allowed to answer you" in await bot.hears("!llm status", by="@eve:there")
        assert not await bot.hears("!llm set trigger all", by="@eve:there")
        assert "**Model**" in await bot.hears("!llm status", by=ALICE)
        assert "**Model**" in await bot.hears("!llm status", by=ADMIN)


async def test_status_names_what_answers_and_how(bot: CommandedBot):
    await bot.hears("!llm set provider work", by=MODERATOR)
    said = await bot.hears("!llm status")
    assert "**Model**: `small` of `work`" in said
    assert "edits, at most every 500 ms" in said
    assert "0 answers being written here" in said
    assert "no rate limit met" in said
    bot.writes(ALICE)
    assert "1 answer being written here" in await bot.hears("!llm status")


async def test_status_says_why_a_bridged_room_gets_whole_answers(bot: CommandedBot):
    protocol = {"protocol": {"id": "signal", "displayname": "Signal"}}
    bot.town.state = [{"type": "m.bridge", "state_key": "signal", "content": protocol}]
    assert "single, one finished message: this room is bridged to Signal" in await bot.hears(
        "!llm status"
    )


async def test_status_counts_what_is_left_for_the_person(tmp_path: Path):
    limits = "limits: {answers_per_user_per_hour: 3, tokens_per_user_per_day: 5000}\n"
    async with CommandedBot.laid_in(tmp_path, CONFIG + limits) as bot:
        used = bot.instance.store.usage
        await used.reserve(Spending("1", ROOM, ALICE, "work", "m", 1000, 200, at=time.time()))
        said = await bot.hears("!llm status")
        assert "2 of 3 answers in an hour left for you" in said
        assert "3,800 of 5,000 tokens left for you today" in said
        assert "5,000 of 5,000 tokens left for you" in await bot.hears("!llm status", by=MODERATOR)


async def test_status_leads_to_the_last_answer_where_it_failed(bot: CommandedBot):
    assert "Last error" not in await bot.hears("!llm status")
    await bot.instance.store.answers.save(answer())
    said = await bot.hears("!llm status")
    assert "1970-01-01 00:00 UTC, `work`" in said
    assert "https://matrix.to/#/!room:here/$answer?via=here" in said
    await bot.instance.store.answers.save(
        answer(event_id="$later", status="complete", created_at=1.0)
    )
    assert "Last error" not in await bot.hears("!llm status")


async def test_a_broken_configuration_is_told_to_those_who_can_mend_it(bot: CommandedBot):
    bot.stored.text += "\nlimits: {answers_at_once: many}\n".replace("limits", "limitz")
    assert not await bot.instance.configuration.reload()
    assert problems_of(await bot.hears("!llm status", by=ADMIN))
    assert not problems_of(await bot.hears("!llm status", by=MODERATOR))
    assert not problems_of(await bot.hears("!llm status", by=ALICE))
    assert "limitz is unknown" in await bot.hears("!llm status", by=ADMIN)


async def test_status_says_that_the_database_is_damaged(bot: CommandedBot, tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "bot.db")) as file:
        file.execute("DROP TABLE answers")
    said = await bot.hears("!llm status", by=ADMIN)
    assert "**Database**: it does not answer" in said
    assert "**Homeserver**" in said


async def test_status_works_while_the_provider_is_missing(tmp_path: Path):
    config = CONFIG + "defaults: {provider: gone}\n"
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        said = await bot.hears("!llm status", by=ADMIN)
        assert "`gone` is not under `providers:`" in said
        assert problems_of(said)


async def test_models_come_from_the_provider_with_the_one_in_use_marked(tmp_path: Path):
    async with ModelServer() as server, CommandedBot.laid_in(tmp_path) as bot:
        url = server.url_for("openai")
        bot.stored.text = bot.stored.text.replace("http://joe:pass-in-url@127.0.0.1:9/v1", url)
        assert await bot.instance.configuration.reload()
        server.names = [f"model-{number:03}" for number in range(100)] + ["small"]
        assert "`tour`" in await bot.hears("!llm models")
        said = await bot.hears("!llm models work")
        assert "101 models" in said
        assert "and 41 more" in said
        assert "answers here" not in said
        await bot.hears("!llm set provider work", by=MODERATOR)
        said = await bot.hears("!llm models")
        assert "- `small` ← answers here" in said
        assert "and 40 more" in said


async def test_a_provider_that_is_away_or_unknown_is_a_sentence(bot: CommandedBot):
    assert "Is it running?" in await bot.hears("!llm models work")
    assert "it can be one of: `demo`, `home`, `work`" in await bot.hears("!llm models claude")


async def test_usage_is_summed_for_the_person_the_room_and_for_admins_all(bot: CommandedBot):
    used = bot.instance.store.usage
    now = time.time()
    await used.reserve(Spending("1", ROOM, ALICE, "work", "m", 0, 0, at=now))
    await used.settle("1", 1000, 200, Decimal("0.5"))
    await used.reserve(Spending("2", ROOM, MODERATOR, "work", "m", 10, 20, at=now))
    await used.reserve(Spending("3", "!other:here", MODERATOR, "work", "m", 1, 1, at=now))
    said = await bot.hears("!llm usage")
    today = said.partition("**This month**")[0]
    assert "- You: 1 answer · 1,000 → 200 tokens · $0.5000" in today
    assert "- This room: 2 answers · 1,010 → 220 tokens · $0.5000" in today
    assert "Everybody" not in said
    assert "Only my admins" in await bot.hears("!llm usage all", by=MODERATOR)
    assert "- Everybody: 3 answers · 1,011 → 221 tokens" in await bot.hears(
        "!llm usage all", by=ADMIN
    )
