"""What a room's moderators may choose of models that cost something."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .commanding import ADMIN, MODERATOR, ROOM, CommandedBot

CONFIG = """\
providers:
    work: {type: openai, model: gpt-5-mini}
    flat: {type: openai, model: small, base_url: "http://127.0.0.1:9/v1", price_in: 1}
    home: {type: ollama, model: llama3.2, base_url: "http://127.0.0.1:9"}
defaults: {provider: work}
limits: {cost_per_room_per_month: 5}
access: {admins: ["@admin:here"]}
"""


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[CommandedBot]:
    async with CommandedBot.laid_in(tmp_path, CONFIG) as bot:
        yield bot


def model_in(bot: CommandedBot) -> str:
    return bot.instance.configuration.current.for_room(ROOM).model


async def test_no_dearer_model_than_what_holds_elsewhere(bot: CommandedBot):
    said = await bot.hears("!llm set model gpt-5-pro", by=MODERATOR)
    assert said == "`gpt-5-pro` costs more than `gpt-5-mini`: only my admins may choose it."
    assert model_in(bot) == ""


async def test_none_without_a_price_where_costs_are_limited(bot: CommandedBot):
    said = await bot.hears("!llm set model my-own-tune", by=MODERATOR)
    assert said.startswith("No price is known of `my-own-tune`, so that no limit on costs")
    assert model_in(bot) == ""


@pytest.mark.parametrize("provider", ["flat", "home"])
async def test_any_where_the_price_is_the_provider_s_or_there_is_none(
    bot: CommandedBot, provider: str
):
    await bot.hears(f"!llm set provider {provider}", by=MODERATOR)
    await bot.hears("!llm set model another", by=MODERATOR)
    assert model_in(bot) == "another"


async def test_admins_choose_what_they_like(bot: CommandedBot):
    await bot.hears("!llm set provider flat", by=ADMIN)
    await bot.hears("!llm set model another", by=ADMIN)
    assert model_in(bot) == "another"
