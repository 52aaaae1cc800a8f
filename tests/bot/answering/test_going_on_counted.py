"""What is counted of an answer also after a restart: it is one, with all that it has used."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from llmstream.bot.answering.repair import repair
from llmstream.bot.incoming.reactions import reacted
from llmstream.bot.store import Spending, Streams
from llmstream.chunks import Text
from llmstream.matrix.reading.annotations import Annotation

from ..commands.commanding import ALICE, ROOM, CommandedBot
from .left import is_asked, is_left, kept
from .test_going_on import GOES_ON, is_paused


async def test_it_is_one_answer_that_has_used_what_both_requests_have(tmp_path: Path) -> None:
    """Nor is it refused for having been asked in this hour."""
    config = f"{GOES_ON}limits: {{answers_per_user_per_hour: 1}}\n"
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        asked, _ = await is_paused(bot)
        usage = bot.instance.store.usage
        before = Spending("the-one", ROOM, ALICE, "gone", "none", 10, 1000, time.time() - 60)
        await usage.reserve(before)
        await usage.settle("the-one", 10, 5000, before.cost)
        await repair(bot.instance)
        [writing] = bot.instance.running
        await writing.over()
        one = await kept(bot, asked)
        assert one.status == "complete"
        total = await usage.total(0)
        assert (total.answers, total.unsettled) == (1, 0)
        assert total.output_tokens == 5000 + (one.output_tokens or 0)


async def test_it_knows_how_often_somebody_was_asked_for_a_yes(tmp_path: Path) -> None:
    async with CommandedBot.laid_in(tmp_path, GOES_ON) as bot:
        left = await is_left(bot, await is_asked(bot), Text("Let me look."))
        await Streams(bot.instance.store.answers._database).save(
            replace(left, answer=replace(left.answer, rounds=2))
        )
        await repair(bot.instance)
        [writing] = bot.instance.running
        assert writing.approvals.rounds == 2
        await writing.over()


@pytest.mark.parametrize("key", ["🔁", "➡️"])
async def test_so_does_one_that_is_written_once_more_or_goes_on(
    bot: CommandedBot, key: str
) -> None:
    """A yes to the first one's call, which comes late, is none to the second's."""
    left = await is_left(bot, await is_asked(bot), Text("Let me look."))
    before = replace(left.answer, status="complete", finish_reason="length", rounds=2)
    await bot.instance.store.answers.save(before, ends=left.id)
    await reacted(bot.instance, Annotation(ROOM, ALICE, before.event_id, key))
    [writing] = bot.instance.running
    assert writing.approvals.rounds == 2
    await writing.over()
    assert (await kept(bot, before.question_id)).rounds == 2
