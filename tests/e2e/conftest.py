"""One bed for all end-to-end tests; each test brings its own bot, people and rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mbp.pack import pack

from ..bed.bed import Bed, Bot
from ..bed.person import Person

Hire: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[Bot]]


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The .mbp as build.sh makes it."""
    mbp: Path = pack(tmp_path_factory.mktemp("dist"))
    return mbp.read_bytes()


@pytest.fixture(scope="session")
async def bed(archive: bytes) -> AsyncIterator[Bed]:
    async with Bed.up(archive) as bed:
        yield bed


@pytest.fixture
async def hire(bed: Bed) -> AsyncIterator[Hire]:
    """Makes bots, each an instance with this configuration, that leave when the test ends."""
    async with AsyncExitStack() as leaving:

        async def hire(config: Mapping[str, Any]) -> Bot:
            bot = await bed.bot(config)
            leaving.push_async_callback(bed.dismiss, bot)
            return bot

        yield hire


@pytest.fixture
async def alice(bed: Bed) -> AsyncIterator[Person]:
    async with bed.person("alice") as person:
        yield person
