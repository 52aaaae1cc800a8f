"""Questions count by their age, where the homeserver tells it: clocks differ, and are set."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ..commands.commanding import ALICE, ROOM
from ..room.rooms import said
from .hearing import Hearing

_HOUR = 3_600_000


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Hearing]:
    async with Hearing.laid_in(tmp_path) as hearing:
        yield hearing


def asked_at(ago: int, **unsigned: Any) -> dict[str, Any]:
    """When it was asked, by the clock of the homeserver."""
    return {"origin_server_ts": int(time.time() * 1000) - ago, "unsigned": unsigned}


@pytest.mark.parametrize("ago", [_HOUR, -_HOUR], ids=["behind", "ahead"])
async def test_a_homeserver_whose_clock_is_wrong_is_heard(room: Hearing, ago: int) -> None:
    asked = await room.hears(ALICE, said("!ask why?"), **asked_at(ago, age=0))
    assert room.bot.instance.running.of_question(ROOM, asked)


@pytest.mark.parametrize("unsigned", [{}, {"age": _HOUR}, {"age": "young"}])
async def test_what_is_old_is_not(room: Hearing, unsigned: dict[str, Any]) -> None:
    asked = await room.hears(ALICE, said("!ask why?"), **asked_at(_HOUR, **unsigned))
    assert not room.bot.instance.running.of_question(ROOM, asked)
