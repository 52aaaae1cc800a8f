"""Names under `approve` that are no tools: said to admins, and all calls wait meanwhile."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from llmstream.bot.tools import Servers

from ..commands.commanding import ADMIN, MODERATOR, CommandedBot
from .conftest import STDIO

pytestmark = pytest.mark.slow


async def test_a_name_under_approve_that_is_no_tool_is_said_and_all_calls_wait(
    caplog: pytest.LogCaptureFixture,
) -> None:
    servers = Servers({"odd": replace(STDIO, approve=("ecko",))})
    odd = servers.get("odd")
    assert odd is not None
    try:
        assert not servers.mistakes
        assert all(tool.asks_first for tool in await odd.tools())
        mistake = " ".join(servers.mistakes)
        assert "tools.odd.approve names `ecko`" in mistake
        assert "Did you mean `echo`?" in mistake
        await odd.tools()
        assert caplog.text.count("no tool of that server") == 1
        await servers.configure({"odd": replace(STDIO, approve=("echo",))})
        odd = servers.get("odd")
        assert odd is not None
        assert [tool.told.name for tool in await odd.tools() if tool.asks_first] == ["echo"]
        assert servers.mistakes == ()
    finally:
        await servers.close()


async def test_only_admins_hear_of_it(tmp_path: Path) -> None:
    script = Path(__file__).parent / "old_server.py"
    entry = f"{{command: {sys.executable}, args: ['{script}'], approve: [grov]}}"
    config = f"tools: {{old: {entry}}}\naccess: {{admins: ['{ADMIN}']}}\n"
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        old = bot.instance.servers.get("old")
        assert old is not None
        await old.tools()
        assert "Did you mean `grow`?" in await bot.hears("!llm status", by=ADMIN)
        assert "grov" not in await bot.hears("!llm status", by=MODERATOR)
        await bot.instance.servers.close()
