"""Up to where the homeserver's events were heard."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from mautrix.client import InternalEventType
from mautrix.errors import MUnknownToken

from llmstream.bot.incoming.handlers import Handlers
from llmstream.bot.incoming.last_heard import LastHeard
from llmstream.bot.store import Store

from ...virtual_time import virtual_time
from ..commands.commanding import ROOM, CommandedBot


@virtual_time
async def _scene(folder: Path) -> None:
    async with CommandedBot.laid_in(folder) as bot:
        handlers, account = Handlers(bot.instance), str(bot.instance.client.mxid)

        async def mark() -> str:
            return await Store(bot.instance.store.answers._database).heard.load(account)

        async def synced(next_batch: str, *events: object) -> None:
            rooms = {ROOM: {"timeline": {"events": list(events)}}} if events else {}
            sync = {"next_batch": next_batch, "rooms": {"join": rooms}}
            await handlers._synced({"data": sync})

        handlers.begin()
        await synced("s1", {})
        await synced("s2", {})
        await asyncio.sleep(5)
        assert await mark() == ""  # what is in it may still be on its way
        await asyncio.sleep(30)
        assert await mark() == "s2"
        await synced("s3")
        await asyncio.sleep(30)
        assert await mark() == "s2"  # nothing has come
        await synced("s4", {})
        await handlers.end()
        assert await mark() == "s4"


def test_it_is_kept_a_while_after_something_has_come_and_at_the_end(tmp_path: Path):
    _scene(tmp_path)


@virtual_time
async def _slow_scene(folder: Path) -> None:
    async with CommandedBot.laid_in(folder) as bot:
        handlers, account = Handlers(bot.instance), str(bot.instance.client.mxid)
        store, running = Store(bot.instance.store.answers._database), bot.instance.running

        async def synced(next_batch: str, seconds: float) -> None:
            rooms: dict[str, Any] = {ROOM: {"timeline": {"events": [{}]}}}
            await handlers._synced({"data": {"next_batch": next_batch, "rooms": {"join": rooms}}})
            running.keep(asyncio.create_task(asyncio.sleep(seconds)))

        handlers.begin()
        await synced("s1", 25)
        await asyncio.sleep(22)
        assert await store.heard.load(account) == ""
        await asyncio.sleep(20)
        assert await store.heard.load(account) == "s1"
        await synced("s2", 3600)
        await asyncio.sleep(120)
        assert await store.heard.load(account) == "s2"  # that hangs, and holds up nothing
        await synced("s3", 3600)
        await handlers.end()
        assert await store.heard.load(account) == "s2"  # it may be cancelled yet


def test_what_is_still_being_heard_is_looked_at_again_by_the_next_start(tmp_path: Path):
    _slow_scene(tmp_path)


async def test_an_instance_that_is_new_hears_from_where_maubot_has_heard(tmp_path: Path):
    async with CommandedBot.laid_in(tmp_path) as bot:
        await bot.instance.client.sync_store.put_next_batch("s0")  # type: ignore[arg-type]
        for mark in ("", "s0"):
            assert await LastHeard(bot.instance).before() == mark


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (MUnknownToken(401, "Invalid access token passed."), "has a new access token"),
        (OSError("no disk"), "Switch the client off and on"),
        (None, ""),
    ],
)
async def test_that_nothing_is_heard_any_more_is_said_with_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception | None, says: str
):
    async with CommandedBot.laid_in(tmp_path) as bot:
        handlers, client = Handlers(bot.instance), bot.instance.client
        handlers.begin()
        await client.run_internal_event(InternalEventType.SYNC_STOPPED, error=error)
        await handlers.end()
    told = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert len(told) == bool(says)
    assert all(says in one and str(client.mxid) in one for one in told)
