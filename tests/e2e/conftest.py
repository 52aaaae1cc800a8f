"""One bed for all end-to-end tests; each test brings its own bot, person and room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from mbp.pack import pack

from ..bed.bed import Bed
from ..bed.models import ModelServer
from ..bed.person import Person
from .scene import Scene


class Stage(Protocol):
    def __call__(self, config: Mapping[str, Any], *others: Person) -> Awaitable[Scene]: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The .mbp as build.sh makes it."""
    return pack(tmp_path_factory.mktemp("dist")).read_bytes()


@pytest.fixture(scope="session")
async def bed(archive: bytes) -> AsyncIterator[Bed]:
    async with Bed.up(archive) as bed:
        yield bed


@pytest.fixture
async def models() -> AsyncIterator[ModelServer]:
    async with ModelServer() as models:
        yield models


@pytest.fixture
async def alice(bed: Bed) -> AsyncIterator[Person]:
    async with bed.person("alice") as alice:
        yield alice


@pytest.fixture
async def bob(bed: Bed) -> AsyncIterator[Person]:
    async with bed.person("bob") as bob:
        yield bob


@pytest.fixture
async def stage(bed: Bed, models: ModelServer, alice: Person) -> AsyncIterator[Stage]:
    """Puts alice, and others, into a room with a bot of this configuration.

    The bot leaves when the test ends.
    """
    async with AsyncExitStack() as leaving:

        async def set_up(config: Mapping[str, Any], *others: Person) -> Scene:
            bot = await bed.bot(config)
            leaving.push_async_callback(bed.dismiss, bot)
            return Scene(bed, models, alice, bot, await bed.room(alice, *others, bot))

        yield set_up
