"""A server of the bed as a process: on a leash, ready when it answers, its output in a file."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

READY_SECONDS = 60.0
_LEASH = Path(__file__).with_name("leash.py")


class NotReady(Exception):
    """A server of the bed did not come up. The text ends with the last lines of its log."""


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@asynccontextmanager
async def running(
    command: Sequence[str], *, folder: Path, ready_url: str, log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a server until the block ends; the block begins when `ready_url` answers.

    It is in a session of its own: Ctrl-C reaches us alone, and we end it in its turn.

    Raises:
        NotReady: it exited, or did not answer within a minute.
    """
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_LEASH), *command),
            cwd=folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        await _ready(process, ready_url, log)
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def _ready(process: asyncio.subprocess.Process, url: str, log: Path) -> None:
    try:
        async with asyncio.timeout(READY_SECONDS), aiohttp.ClientSession() as http:
            while not await _answers(http, url):
                if process.returncode is not None:
                    raise NotReady(f"{log.stem} ended at once.\n{last_lines(log)}")
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise NotReady(f"{log.stem} did not answer at {url}.\n{last_lines(log)}") from None


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as response:
            return response.status < 500
    except aiohttp.ClientError:
        return False


def last_lines(log: Path, count: int = 30) -> str:
    """The end of a log, for the text of an error."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
