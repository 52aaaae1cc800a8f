"""What an instance does while nobody says anything: nothing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from mautrix.util.async_db import Database

from llmstream.bot.answering.repair import repair
from llmstream.bot.incoming.handlers import Handlers

from ..virtual_time import virtual_time
from .commands.commanding import ALICE, CONFIG, ROOM, CommandedBot


def _asked(bot: CommandedBot) -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "event_id": "$asked",
        "room_id": ROOM,
        "sender": ALICE,
        "origin_server_ts": int(time.time() * 1000) + 1000,
        "content": {"msgtype": "m.text", "body": "!ask why?"},
    }


async def _statements(database: Database) -> list[str]:
    """What the database is asked from now on."""
    asked: list[str] = []
    conn: Any
    async with database.acquire() as conn:
        await conn.wrapped.set_trace_callback(asked.append)
    return asked


@pytest.mark.slow
def test_in_an_hour_after_an_answer_nothing_is_asked_and_no_timer_runs(tmp_path: Path) -> None:
    @virtual_time
    async def scene() -> None:
        config = f"{CONFIG}defaults: {{provider: demo, stream: single, history_messages: 0}}\n"
        async with CommandedBot.laid_in(tmp_path, config) as bot:
            handlers = Handlers(bot.instance)
            handlers.begin()
            await repair(bot.instance)
            raw: Any = _asked(bot)
            sync = {"next_batch": "s1", "rooms": {"join": {ROOM: {"timeline": {"events": [raw]}}}}}
            await handlers._synced({"data": sync})
            await asyncio.create_task(handlers._message(raw))
            [answer] = bot.instance.running
            await answer.over()
            await asyncio.sleep(60)
            requests, database = (
                len(bot.town.attempts),
                bot.instance.store.answers._database._database,
            )

            asked = await _statements(database)
            for _ in range(12):
                await asyncio.sleep(300)
                await handlers._synced({"data": {"next_batch": "s2", "rooms": {}}})
            loop: Any = asyncio.get_running_loop()
            timers = [one for one in loop._scheduled if not one.cancelled()]

            assert (asked, timers, len(bot.town.attempts)) == ([], [], requests)
            assert len(asyncio.all_tasks()) == 1
            await handlers.end()

    scene()
