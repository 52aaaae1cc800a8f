"""Old rows go, a few at a time."""

from __future__ import annotations

import asyncio
import time

from llmstream.bot.store import Store

from .database import database

_ROW = """INSERT INTO usage
    (id, room_id, person, provider, model, input_tokens, output_tokens, settled, at, billionths)
    VALUES ($1, '!a:x', '@a:x', 'p', 'm', 1, 2, $2, $3, 5)"""


async def test_much_is_forgotten_while_others_write() -> None:
    old = round(time.time() - 91 * 86400) * 1000
    rows = [(f"u{number}", True, old + number) for number in range(1200)]
    left: list[int] = []
    async with database() as opened:
        store = Store(opened)
        await opened.executemany(_ROW, rows)
        forgetting = asyncio.create_task(store.forget_older_than(90))
        while not forgetting.done():
            await store.last_good.save("written meanwhile")
            left.append(int(await opened.fetchval("SELECT COUNT(*) FROM usage")))
            await asyncio.sleep(0.01)
        await forgetting
        assert {200, 700} & set(left)
        assert await opened.fetchval("SELECT COUNT(*) FROM usage") == 0
