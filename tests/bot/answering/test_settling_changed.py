"""What becomes of an answer that was left, where its question is not what it was."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llmstream.bot.answering.repair import repair
from llmstream.bot.answering.running import INTERRUPTED, STOPPED
from llmstream.bot.incoming.again import answer_again
from llmstream.bot.store import Streams
from llmstream.chunks import Text

from ...homeserver import Homeserver
from ..commands.commanding import ALICE, CONFIG, ROOM, CommandedBot
from .left import is_asked, is_left, is_shown


@pytest.fixture(autouse=True, params=[False, True], ids=["Synapse", "Conduit"])
def bundling(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server says with the question what has become of it, or leaves that to be found out."""
    monkeypatch.setattr(Homeserver, "is_bare", request.param)


async def test_with_a_question_that_was_removed_goes_what_the_room_has_of_the_answer(
    bot: CommandedBot,
):
    asked = await is_asked(bot)
    event_id = await is_shown(bot, "The sky")
    left = await is_left(bot, asked, Text("The sky is"), event_ids=(event_id,))
    await bot.instance.store.answers.save(left.answer)
    await bot.instance.scheduler.redact(ROOM, asked)
    await repair(bot.instance)
    *_, removal = bot.town.events
    assert (removal.type, removal.content["redacts"]) == ("m.room.redaction", event_id)
    assert await bot.instance.store.streams.rooms() == set()
    assert await bot.instance.store.answers.by_question(ROOM, asked) is None


async def test_nobody_is_told_of_a_question_that_was_removed(bot: CommandedBot):
    asked = await is_asked(bot)
    await is_left(bot, asked)
    await bot.instance.scheduler.redact(ROOM, asked)
    await repair(bot.instance)
    assert len(bot.town.messages(ROOM)) == 1 + 1  # the question and its removal


@pytest.mark.parametrize("is_before", [True, False])
async def test_a_question_that_is_another_now_is_begun_anew(tmp_path: Path, is_before: bool):
    config = f"{CONFIG}defaults: {{provider: demo, on_restart: go_on}}\n"
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        asked = await is_asked(bot)
        content: Any = {
            "msgtype": "m.text",
            "body": "* !ask how?",
            "m.new_content": {"msgtype": "m.text", "body": "!ask how?"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": asked},
        }
        client = bot.town.client(ALICE)
        await client.send_message_event(ROOM, "m.room.message", content)  # type: ignore[arg-type]
        ago = 60 if is_before else -60
        bot.town.events[-1] = replace(bot.town.events[-1], at=time.time() - ago)
        event_id = await is_shown(bot, "The sky")
        await is_left(bot, asked, Text("The sky"), event_ids=(event_id,))
        await repair(bot.instance)
        [writing] = bot.instance.running
        assert writing.messages == [event_id]
        assert writing.said_before == ("The sky" if is_before else "")


async def test_an_end_that_was_refused_is_not_written_over_a_newer_answer(tmp_path: Path):
    config = f"{CONFIG}defaults: {{provider: demo, stream: single, history_messages: 0}}\n"
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        asked = await is_asked(bot)
        event_id = await is_shown(bot, "The sky")
        left = await is_left(bot, asked, Text("Old."), event_ids=(event_id,), state="concluded")
        await answer_again(bot.instance, ROOM, asked, rewrites=left.answer)
        [writing] = bot.instance.running
        writing.stop(STOPPED)
        await writing.over()
        shown = bot.town.shown(event_id)
        await repair(bot.instance)
        assert "Old." not in shown
        assert bot.town.shown(event_id) == shown


@pytest.mark.parametrize("keys", [{"tries": 3}, {"asker": "@other:here"}, {}])
async def test_a_model_goes_on_for_who_may_ask_and_not_for_ever(
    tmp_path: Path, keys: dict[str, Any]
):
    barred = "" if keys else "    users: ['@nobody:here']\n"
    config = f"{CONFIG}{barred}defaults: {{provider: demo, on_restart: go_on}}\n"
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        tries = keys.pop("tries", 0)
        event_id = await is_shown(bot, "The sky")
        left = await is_left(
            bot, await is_asked(bot), Text("The sky"), event_ids=(event_id,), **keys
        )
        database = bot.instance.store.answers._database
        await Streams(database).save(replace(left, tries=tries))
        await repair(bot.instance)
        assert list(bot.instance.running) == []
        assert bot.town.shown(event_id).startswith(f"The sky\n\n{INTERRUPTED.note}")
