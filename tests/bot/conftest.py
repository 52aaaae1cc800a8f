"""What many tests share: a bot without a server, and an index of packages without a network."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from .commands.commanding import CommandedBot
from .shop import Shop


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[CommandedBot]:
    async with CommandedBot.laid_in(tmp_path) as bot:
        yield bot


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A homeserver that did not answer is asked again without a wait."""
    monkeypatch.setattr("llmstream.bot.room.inquiry._WAITS", (0.0, 0.0, 0.0))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """What is found in it is forgotten after the test."""
    shop = Shop(tmp_path)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shop.wheels))
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield shop
    for name in [name for name in sys.modules if name.startswith("tiny_")]:
        del sys.modules[name]
