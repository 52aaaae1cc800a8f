"""What the tests of the tables share: an open database, and the store in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from mautrix.util.async_db import Database

from llmstream.bot.store import Store

from .database import database


@pytest.fixture
async def opened() -> AsyncIterator[Database]:
    async with database() as made:
        yield made


@pytest.fixture
def store(opened: Database) -> Store:
    return Store(opened)
