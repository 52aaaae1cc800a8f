"""Answers of several messages that go on after a restart, or get their end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from llmstream.bot.answering.repair import repair
from llmstream.bot.answering.running import PAUSED, STOPPED
from llmstream.chunks import Chunk, Reasoning, TaskUpdate, Text
from llmstream.matrix.content.style import Style
from llmstream.post import Posted, post
from tests.homeserver import MARK

from ...bed.models import ModelServer, Reply
from ..commands.commanding import CONFIG, ROOM, CommandedBot
from .left import is_asked, is_left, is_removed, kept
from .test_settling_unkept import LONG

GOES_ON = """\
providers:
    work: {{type: openai, model: small, base_url: "{url}"}}
defaults:
    {{provider: work, on_restart: go_on, history_messages: 0, placeholder_after_ms: 100,
    reasoning: collapsed, footer: false}}
"""
ENDS = f"{CONFIG}defaults: {{reasoning: collapsed, footer: false}}\n"


async def is_paused(bot: CommandedBot, asked: str, *chunks: Chunk) -> Posted:
    """The room has this of an answer that a stop of the bot has left."""

    async def stream() -> AsyncIterator[Chunk]:
        for chunk in chunks:
            yield chunk

    posted = await post(
        bot.instance.client,
        ROOM,
        stream(),
        reply_to=asked,
        style=Style(reasoning="collapsed"),
        conclude=lambda *_: PAUSED,
        name="the-one",
    )
    await is_left(bot, asked, *chunks, event_ids=posted.event_ids, note=PAUSED.note)
    return posted


def edits(bot: CommandedBot, event_id: str) -> list[Any]:
    return [one.content["m.new_content"] for one in bot.town.edits(event_id)]


@pytest.mark.slow
@pytest.mark.parametrize("first", [Reasoning("Hm."), TaskUpdate("1", "Look", "complete")])
async def test_no_message_is_emptied_while_the_model_has_not_gone_on(
    tmp_path: Path, first: Chunk
) -> None:
    """Thoughts and tasks were shown alone until then."""
    async with ModelServer() as models:
        config = GOES_ON.format(url=models.url_for("openai"))
        async with CommandedBot.laid_in(tmp_path, config) as bot:
            posted = await is_paused(bot, await is_asked(bot), first, Text(LONG * 20))
            assert len(posted.event_ids) > 2
            models.script(Reply(" The end.", hold_after=0))
            await repair(bot.instance)
            await models.next_request()
            await asyncio.sleep(0.5)
            models.release()
            [writing] = bot.instance.running
            await writing.over()
            for event_id in posted.event_ids[:-1]:
                assert all(len(one["body"]) > 5_000 for one in edits(bot, event_id))


async def test_long_thoughts_stay_in_messages_of_their_own(tmp_path: Path) -> None:
    """All of them above its text are more than an event holds."""
    async with CommandedBot.laid_in(tmp_path, ENDS) as bot:
        asked = await is_asked(bot)
        thoughts = [Reasoning(LONG[at : at + 500]) for at in range(0, len(LONG), 500)]
        posted = await is_paused(bot, asked, *thoughts * 20, Text("The sky is"))
        assert len(posted.event_ids) > 10
        events = len(bot.town.events)
        await repair(bot.instance)
        assert (await kept(bot, asked)).event_ids == posted.event_ids
        assert max(len(one.body) for one in bot.town.attempts) < 20_000
        assert not [one for one in bot.town.events[events:] if one.type == "m.room.redaction"]
        last = bot.town.shown(posted.event_ids[-1]).removeprefix(MARK)
        assert "\n\nThe sky is\n\n⚠️ Interrupted" in last


@pytest.mark.slow
@pytest.mark.parametrize("which", [0, 2, 3])
async def test_nothing_is_said_again_of_what_somebody_has_removed(
    tmp_path: Path, which: int
) -> None:
    """Its last message gets an end, if that waits for one."""
    async with CommandedBot.laid_in(tmp_path, ENDS) as bot:
        asked = await is_asked(bot)
        posted = await is_paused(bot, asked, Text(LONG * 20))
        assert len(posted.event_ids) == 4
        await is_removed(bot, posted.event_ids[which])
        events = len(bot.town.events)
        await repair(bot.instance)
        last = posted.event_ids[2 if which == 3 else 3]
        of_last = [one for one in bot.town.edits(last) if one in bot.town.events[events:]]
        assert bot.town.events[events:] == of_last
        assert bool(of_last) is (which != 3)
        one = await kept(bot, asked)
        assert (one.status, one.event_ids) == ("stopped", (last,))
        assert 5_000 < len(one.text) < 30_000
        if of_last:
            shown = str(edits(bot, last)[-1]["formatted_body"])
            assert one.text[-30:].strip() in shown
            assert STOPPED.note in shown
