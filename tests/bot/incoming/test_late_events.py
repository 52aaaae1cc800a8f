"""An event that comes late: as after a kick, when a server gives out a room's past once more."""

from __future__ import annotations

import time

import pytest

from llmstream.bot.incoming.questions import hear
from llmstream.matrix.reading.said import Said, read

from ..answering.test_settling import is_asked
from ..commands.commanding import ALICE, ROOM, CommandedBot

MINUTE = 60.0


def event(asked: str, ago: float) -> Said:
    said = read(
        {
            "type": "m.room.message",
            "event_id": asked,
            "room_id": ROOM,
            "sender": ALICE,
            "origin_server_ts": int((time.time() - ago) * 1000),
            "content": {"msgtype": "m.text", "body": "!ask why?"},
        }
    )
    assert said is not None
    return said


@pytest.mark.parametrize("is_before", [True, False])
async def test_it_is_answered_unless_it_was_asked_before_we_came(
    bot: CommandedBot, is_before: bool
):
    object.__setattr__(bot.instance, "started_at", 0)
    asked = await is_asked(bot)
    ago = 10 * MINUTE if is_before else -10 * MINUTE
    bot.town.state_events[ROOM, "m.room.member"] = {
        "origin_server_ts": int((time.time() - 20 * MINUTE + ago) * 1000)
    }
    await hear(bot.instance, event(asked, 15 * MINUTE))
    assert bool(bot.instance.running.of_question(ROOM, asked)) is not is_before
