"""`!llm forget limit`: who may, and what is forgotten."""

from __future__ import annotations

from ...matrix.sending.writing import SYNAPSE, Remembered
from .commanding import ADMIN, MODERATOR, CommandedBot


async def test_an_admin_lets_a_limit_be_forgotten_that_was_lifted(bot: CommandedBot):
    store = Remembered(SYNAPSE)
    bot.instance.scheduler.of(bot.instance.client, store)
    said = await bot.hears("!llm forget limit", by=ADMIN)
    assert said.startswith("Forgotten: about 12 events a minute, 10 at once.")
    assert store.learned is None
    assert "no rate limit met" in await bot.hears("!llm status")
    assert "nothing to forget" in await bot.hears("!llm forget limit", by=ADMIN)


async def test_only_admins_may_and_only_the_limit_is_forgotten(bot: CommandedBot):
    assert "Only my admins" in await bot.hears("!llm forget limit", by=MODERATOR)
    assert "`!llm reset` forgets what was said" in await bot.hears("!llm forget", by=ADMIN)
    assert "forget limit" not in await bot.hears("!llm help", by=MODERATOR)
    assert "`!llm forget limit`" in await bot.hears("!llm help", by=ADMIN)
