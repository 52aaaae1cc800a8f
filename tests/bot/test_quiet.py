"""What other packages may write into the log."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from llmstream.bot.quiet import TALKATIVE, quieten

from .commands.commanding import CommandedBot


@pytest.fixture(autouse=True)
def _levels():
    before = {name: logging.getLogger(name).level for name in TALKATIVE}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


async def test_at_debug_the_database_s_package_tells_nothing_of_what_is_stored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    quieten()
    async with CommandedBot.laid_in(tmp_path) as bot:
        await bot.instance.store.resets.reset("!secret:here", "", 1)
    assert "!secret:here" not in caplog.text


def test_a_level_of_the_admin_s_own_stays():
    logging.getLogger("aiosqlite").setLevel(logging.DEBUG)
    logging.getLogger("anthropic").setLevel(logging.NOTSET)
    quieten()
    assert logging.getLogger("aiosqlite").level == logging.DEBUG
    assert logging.getLogger("anthropic").level == logging.INFO
