"""What becomes of an answer that was left, where the process that ends it dies too."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from llmstream.bot.answering.answer_buttons import RETRY, STOP, AnswerButtons
from llmstream.bot.answering.repair import repair
from llmstream.bot.answering.running import INTERRUPTED, SHUT_OUT, STOPPED, Running
from llmstream.bot.store import Store
from llmstream.chunks import Text
from llmstream.post import post
from tests.homeserver import MARK

from ... import timeline
from ..commands.commanding import CONFIG, ROOM, CommandedBot
from ..incoming.hearing import until
from .left import is_asked, is_left, is_removed, is_shown, kept


async def dies_before_it_is_kept(bot: CommandedBot, event_id: str, note: str) -> None:
    """Its end is in the room, and no more is done until the next start."""
    database = bot.instance.store.answers._database
    await database.execute("ALTER TABLE answer_parts RENAME TO away")
    repairing = asyncio.create_task(repair(bot.instance))
    await until(lambda: note in bot.town.shown(event_id))
    repairing.cancel()
    await asyncio.wait([repairing])
    await database.execute("ALTER TABLE away RENAME TO answer_parts")
    bot.instance = replace(bot.instance, store=Store(database), running=Running())


@pytest.mark.parametrize("said", ["", "The sky is"])
@pytest.mark.parametrize("note", [INTERRUPTED.note, SHUT_OUT.note])
async def test_the_line_that_says_so_is_none_of_its_words(
    bot: CommandedBot, said: str, note: str
) -> None:
    asked = await is_asked(bot)
    event_id = await is_shown(bot, said or "Thinking…", {"m.in_reply_to": {"event_id": asked}})
    await is_left(bot, asked, *[Text(said)] * bool(said), event_ids=(event_id,), note=note)
    await dies_before_it_is_kept(bot, event_id, note)
    events = len(bot.town.events)

    await repair(bot.instance)

    assert len(bot.town.events) == events
    one = await kept(bot, asked)
    assert (one.text, one.status, one.event_ids) == (said, "interrupted", (event_id,))


async def test_buttons_are_those_of_an_end_though_the_process_died_just_after_it(tmp_path: Path):
    async with CommandedBot.laid_in(tmp_path, f"{CONFIG}defaults: {{buttons: true}}\n") as bot:
        asked = await is_asked(bot)
        posted = await post(bot.instance.client, ROOM, "All of it.", name="the-one")
        await AnswerButtons(bot.instance, ROOM, posted.event_ids[0]).show(STOP)
        concluded = {"state": "concluded", "status": "complete", "note": ""}
        await is_left(bot, asked, Text("All of it."), event_ids=posted.event_ids, **concluded)
        await repair(bot.instance)
        placed = json.loads(timeline.reactions(bot.town.events, posted.event_ids[0]).body)
        assert [one["content"]["m.relates_to"]["key"] for one in placed["chunk"]] == [RETRY]


async def test_an_end_that_was_decided_stays_though_one_of_its_messages_was_removed(
    bot: CommandedBot,
) -> None:
    asked = await is_asked(bot)
    relation = {"m.in_reply_to": {"event_id": asked}}
    first = await is_shown(bot, "The sky", relation)
    last = await is_shown(bot, "is", relation, at=8)
    concluded = {"state": "concluded", "status": "complete", "note": ""}
    await is_left(bot, asked, Text("The sky is blue."), event_ids=(first, last), **concluded)
    await is_removed(bot, first)
    await repair(bot.instance)
    assert (await kept(bot, asked)).status == "complete"
    assert bot.town.shown(last).removeprefix(MARK).startswith("is blue.\n\n")


async def test_what_is_shown_stays_where_it_does_not_say_which_words_are_its_own(
    bot: CommandedBot,
) -> None:
    asked = await is_asked(bot)
    relation = {"m.in_reply_to": {"event_id": asked}}
    first = await is_shown(bot, "The sky", relation)
    last = await is_shown(bot, "is blue", relation, named=False)
    await is_left(bot, asked, Text("The sky"), event_ids=(first, last))
    await is_removed(bot, first)
    await repair(bot.instance)
    assert bot.town.shown(last).removeprefix(MARK).startswith(f"is blue\n\n{STOPPED.note}")
