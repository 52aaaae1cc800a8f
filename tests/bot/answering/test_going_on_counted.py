"""What an answer that goes on after a restart counts: one answer, with all that it has used."""

from __future__ import annotations

import time
from pathlib import Path

from llmstream.bot.answering.repair import repair
from llmstream.bot.store import Spending

from ..commands.commanding import ALICE, ROOM, CommandedBot
from .left import kept
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
