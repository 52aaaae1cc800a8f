"""A bot that hears events as maubot gives them to it.

async with Hearing.laid_in(tmp_path) as room:
    await room.hears(ALICE, said("!llm set trigger all"))
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from mautrix.types import RoomEncryptionStateEventContent, RoomID

from llmstream.bot.incoming.handlers import Handlers

from ..commands.commanding import CONFIG, ROOM, CommandedBot


class Hearing:
    """`bot` hears what comes in over its client's own dispatching, and its decryption."""

    def __init__(self, bot: CommandedBot) -> None:
        self.bot = bot
        self.handlers = Handlers(bot.instance)
        self._ids = count(1)

    @classmethod
    @asynccontextmanager
    async def laid_in(cls, folder: Path, config: str = CONFIG) -> AsyncIterator[Hearing]:
        """A new one, with its database in this folder."""
        async with CommandedBot.laid_in(folder, config) as bot:
            hearing = cls(bot)
            hearing.handlers.begin()
            yield hearing

    async def encrypt(self) -> None:
        """From now on the room is encrypted."""
        store = self.bot.instance.client.state_store
        assert store is not None
        await store.set_encryption_info(RoomID(ROOM), RoomEncryptionStateEventContent())

    async def hears(
        self, sender: str, content: Mapping[str, Any], type: str = "m.room.message", **keys: Any
    ) -> str:
        """The event comes in over sync, and all that it sets off is done. Its id."""
        before = asyncio.all_tasks()
        event_id = self.comes(sender, content, type, **keys)
        await self.all_done_since(before)
        return event_id

    async def syncs(self, sync: Mapping[str, Any]) -> None:
        """A whole sync comes in, and all that it sets off is done."""
        before = asyncio.all_tasks()
        client: Any = self.bot.instance.client
        client.handle_sync(sync)
        await self.all_done_since(before)

    async def all_done_since(self, before: set[asyncio.Task[Any]]) -> None:
        """All that was begun since then, but for answers, is done."""
        answers = {one.task for one in self.bot.instance.running}
        while waiting := asyncio.all_tasks() - before - answers:
            await asyncio.wait(waiting)
            answers |= {one.task for one in self.bot.instance.running}

    def comes(
        self, sender: str, content: Mapping[str, Any], type: str = "m.room.message", **keys: Any
    ) -> str:
        """The event comes in over sync, from this room unless `room_id` names another. Its id."""
        room_id = keys.pop("room_id", ROOM)
        event_id = f"$heard{next(self._ids)}"
        event = {
            "type": type,
            "event_id": event_id,
            "sender": sender,
            "origin_server_ts": int(time.time() * 1000),
            "content": dict(content),
            **keys,
        }
        client: Any = self.bot.instance.client
        client.handle_sync({"rooms": {"join": {room_id: {"timeline": {"events": [event]}}}}})
        return event_id


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until this is so."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.001)
