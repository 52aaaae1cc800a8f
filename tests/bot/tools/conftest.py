"""Real MCP servers for the tests: processes of the reference package's server side."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from llmstream.bot.config import ToolServer
from llmstream.bot.tools import Servers

HERE = Path(__file__).parent
STDIO = ToolServer("odd", command=sys.executable, args=(str(HERE / "server_script.py"),))


@asynccontextmanager
async def serving(port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """The server over HTTP, from the moment it listens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / "server_script.py"), str(port), stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stderr is not None
        async for line in process.stderr:
            if b"running on" in line:
                break
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
async def over_http(unused_tcp_port: int) -> AsyncGenerator[ToolServer, None]:
    """A running server over streamable HTTP."""
    async with serving(unused_tcp_port):
        yield ToolServer("odd", url=f"http://127.0.0.1:{unused_tcp_port}/mcp")


@pytest.fixture
async def servers() -> AsyncGenerator[Servers, None]:
    """The odd server as a process, and an old one; calls may take two seconds."""
    old = ToolServer("old", command=sys.executable, args=(str(HERE / "old_server.py"),))
    found = Servers({"odd": STDIO, "old": old}, call_timeout=2)
    yield found
    await found.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what happens in another process, which says nothing when it does."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
