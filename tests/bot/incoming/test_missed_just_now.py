"""A question that comes while the homeserver is asked what has come before."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from ...faults import Answer
from ..commands.commanding import CONFIG, CommandedBot
from .test_missed import Absence


@pytest.mark.parametrize("age", [900, 60_000])
async def test_nobody_is_told_that_we_were_away_who_asked_once_we_were_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: int
) -> None:
    config = f"{CONFIG}defaults: {{provider: home, missed_questions: tell}}\n"
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        absence, answer = Absence(bot), bot.town.answer
        now = asyncio.get_running_loop().time()
        bot.instance = replace(bot.instance, running_since=now)

        async def slowly(user_id: str, method: str, path: str, body: bytes) -> Answer:
            await asyncio.sleep(1.0 if "/sync?" in path else 0)
            return await answer(user_id, method, path, body)

        monkeypatch.setattr(bot.town, "answer", slowly)
        asked = await absence.missed(ago=age / 1000, unsigned={"age": age})
        await absence.comes_back()
        assert absence.is_answered(asked) is (age == 900)
        assert len(absence.told) == (age != 900)
