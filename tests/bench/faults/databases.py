"""The database fails: locked, full, away."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from tests.bed.maubot import Maubot
from tests.bed.process import NotReady

from .case import Case, Happens
from .scene import WORDS, Scene, database_of

_LOCKED = 30.0
_LATE = WORDS - 20


@asynccontextmanager
async def locked(database: Path) -> AsyncIterator[None]:
    """Somebody else writes, and does not end, as long as the block lasts."""
    connection = await asyncio.to_thread(_begin, database)
    try:
        yield
    finally:
        connection.close()


def _begin(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        database, timeout=60, isolation_level=None, check_same_thread=False
    )
    connection.execute("BEGIN EXCLUSIVE")
    return connection


def lock(*, before: bool) -> Happens:
    """For 30 s, from before the questions on or from the middle of the answers."""

    async def happens(scene: Scene) -> None:
        async with AsyncExitStack() as stack:
            if not before:
                await scene.ask()
                await scene.show(5)
            for stage in scene.stages:
                await stack.enter_async_context(locked(database_of(scene.bed, stage.bot)))
            if before:
                await scene.ask()
            await asyncio.sleep(_LOCKED)
        scene.is_free()

    return happens


async def full_disk(scene: Scene) -> None:
    """Nothing more can be written, to the database or else, from the middle of the answers on."""
    await scene.ask()
    await scene.show(5)
    with _full(scene):
        await asyncio.sleep(5)
    scene.is_free()


async def full_at_the_final(scene: Scene) -> None:
    """Likewise until the answers are over; then maubot dies, and is started again."""
    await scene.ask()
    await scene.show(_LATE)
    with _full(scene):
        await scene.are_over(30)
    await _killed(scene)


@contextmanager
def _full(scene: Scene) -> Iterator[None]:
    filler = scene.bed.folder / "maubot" / "filler"
    _fill(filler)
    try:
        yield
    finally:
        filler.unlink()


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return


async def restarted(scene: Scene) -> None:
    """PostgreSQL, maubot's and the plugin's, is away for three seconds."""
    assert scene.postgres
    await scene.ask()
    await scene.show(5)
    async with _kept_running(scene.bed.maubot):
        await scene.postgres.stop()
        await asyncio.sleep(3)
        await scene.postgres.start()
        scene.is_free()
        await scene.are_over(60)


async def away_at_the_final(scene: Scene) -> None:
    """Likewise until the answers are over; then maubot dies, and is started again."""
    assert scene.postgres
    await scene.ask()
    await scene.show(_LATE)
    async with _kept_running(scene.bed.maubot):
        await scene.postgres.stop()
        await scene.are_over(10)
        await scene.postgres.start()
    await _killed(scene)


@asynccontextmanager
async def _kept_running(maubot: Maubot) -> AsyncIterator[None]:
    """It is started again where it ends, as by whatever keeps it running: mautrix ends the process
    where a connection to PostgreSQL ends in mid-use (util/async_db/asyncpg.py).
    """

    async def keep() -> None:
        while True:
            await maubot.server.ended()
            try:
                await maubot.start()
            except NotReady:  # not without a database
                await asyncio.sleep(0.5)

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])
        if not await maubot.server.is_ready():
            await maubot.server.ended()
            await maubot.start()


async def _killed(scene: Scene) -> None:
    await scene.bed.maubot.crash()
    await scene.bed.maubot.start()
    scene.is_free()


CASES = (
    Case("locked", "SQLite locked for 30 s, in mid-answer", lock(before=False), seconds=40),
    Case(
        "locked-before",
        "SQLite locked for 30 s, from before the question",
        lock(before=True),
        seconds=40,
    ),
    Case("full", "disk full for 5 s", full_disk, together=True, needs="small disk"),
    Case(
        "full-final",
        "disk full at the final, then SIGKILL of maubot",
        full_at_the_final,
        together=True,
        needs="small disk",
    ),
    Case(
        "postgres", "PostgreSQL away for 3 s", restarted, "ended", together=True, needs="postgres"
    ),
    Case(
        "postgres-final",
        "PostgreSQL away at the final, then SIGKILL of maubot",
        away_at_the_final,
        "ended",
        together=True,
        needs="postgres",
    ),
)
