"""A real database for each test: SQLite in a folder, or PostgreSQL at LLMSTREAM_TEST_POSTGRES."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from mautrix.util.async_db import Database, UpgradeTable

from llmstream.bot.store import Answer, Unfinished, upgrade_table
from llmstream.bot.store.streams import State
from llmstream.chunks import Chunk, Text
from llmstream.document import Document

POSTGRES = os.environ.get("LLMSTREAM_TEST_POSTGRES", "")


@asynccontextmanager
async def database(steps: int | None = None) -> AsyncIterator[Database]:
    """With all tables, or as they were after so many steps of `migrations.py`."""
    tables = UpgradeTable()
    tables.upgrades = upgrade_table.upgrades[:steps]
    async with _postgres(tables) if POSTGRES else _sqlite(tables) as made:
        await made.start()
        try:
            yield made
        finally:
            await made.stop()


@asynccontextmanager
async def _sqlite(tables: UpgradeTable) -> AsyncIterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        yield Database.create(f"sqlite:{folder}/test.db", upgrade_table=tables)


@asynccontextmanager
async def _postgres(tables: UpgradeTable) -> AsyncIterator[Database]:
    schema = f"test_{uuid.uuid4().hex}"
    outside = Database.create(POSTGRES)
    await outside.start()
    await outside.execute(f"CREATE SCHEMA {schema}")
    settings = {"server_settings": {"search_path": schema}}
    try:
        yield Database.create(POSTGRES, db_args=settings, upgrade_table=tables)
    finally:
        await outside.execute(f"DROP SCHEMA {schema} CASCADE")
        await outside.stop()


def unfinished(answer: Answer, *more: Chunk, note: str = "") -> Unfinished:
    """This answer while its text is being written, and what else there is of it."""
    document = Document()
    for chunk in (Text(answer.text), *more):
        document.add(chunk)
    state: State = "writing" if answer.status == "interrupted" else "concluded"
    return Unfinished(answer.event_id, state, replace(answer, note=note), document)
