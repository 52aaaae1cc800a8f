"""What becomes of an answer that is to go on, where the bot or the room is not what it was."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path

import pytest

from llmstream.bot.answering.repair import repair, repair_room
from llmstream.bot.incoming.reactions import reacted
from llmstream.chunks import Text
from llmstream.matrix.reading.annotations import Annotation

from ...faults import FORBIDDEN
from ..commands.commanding import ALICE, CONFIG, ROOM, CommandedBot
from .test_settling import is_asked, is_left, is_live, is_shown, kept

GOES_ON = f"{CONFIG}defaults: {{provider: demo, on_restart: go_on, history_messages: 0}}\n"


async def is_paused(bot: CommandedBot, room_id: str = ROOM) -> tuple[str, str]:
    """A question and the message of its answer, of a model that is configured no more."""
    asked = await is_asked(bot)
    event_id = await is_shown(bot, "The sky", {"m.in_reply_to": {"event_id": asked}})
    keys = {"event_ids": (event_id,), "provider": "gone", "model": "none"}
    await is_left(bot, asked, Text("The sky"), **keys)
    return asked, event_id


async def test_another_model_goes_on_where_its_own_is_configured_no_more(tmp_path: Path) -> None:
    async with CommandedBot.laid_in(tmp_path, GOES_ON) as bot:
        asked, event_id = await is_paused(bot)
        await repair(bot.instance)
        [writing] = bot.instance.running
        await writing.over()
        one = await kept(bot, asked)
        assert one.text.startswith("The sky")
        assert (one.provider, one.status, one.event_ids) == ("demo", "complete", (event_id,))


async def test_without_it_the_answer_gets_its_end(tmp_path: Path) -> None:
    async with CommandedBot.laid_in(tmp_path, CONFIG) as bot:
        asked, event_id = await is_paused(bot)
        await repair(bot.instance)
        assert not is_live(bot, event_id)
        assert (await kept(bot, asked)).text == "The sky"


@pytest.mark.parametrize("waits", [False, True])
async def test_one_that_goes_on_is_stopped_as_any_other(tmp_path: Path, waits: bool) -> None:
    """Also where it waits behind another, or has only just begun."""
    async with CommandedBot.laid_in(tmp_path, GOES_ON) as bot:
        asked, event_id = await is_paused(bot)
        async with bot.instance.running.turn(asked) if waits else nullcontext():
            await repair(bot.instance)
            [writing] = bot.instance.running
            assert writing.conversation == asked
            await asyncio.sleep(0.05 if waits else 0)
            await reacted(bot.instance, Annotation(ROOM, ALICE, event_id, "⏹"))
            await writing.over()
        assert not is_live(bot, event_id)
        assert "Stopped." in bot.town.shown(event_id)
        one = await kept(bot, asked)
        assert one.status == "stopped"
        events = len(bot.town.events)
        await repair(bot.instance)
        assert len(bot.town.events) == events


async def test_in_a_room_that_was_left_it_waits_until_we_are_there_again(tmp_path: Path) -> None:
    async with CommandedBot.laid_in(tmp_path, GOES_ON) as bot:
        asked, event_id = await is_paused(bot)
        bot.town.order([FORBIDDEN] * 3, ROOM)
        await repair(bot.instance)
        for writing in bot.instance.running:
            await writing.over()
        assert await bot.instance.store.streams.rooms() == {ROOM}
        bot.town.order_nothing()
        await repair_room(bot.instance, ROOM)
        for writing in bot.instance.running:
            await writing.over()
        assert not is_live(bot, event_id)
        assert bot.town.shown(event_id).startswith("The sky")
        assert (await kept(bot, asked)).event_ids == (event_id,)
