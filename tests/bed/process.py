"""A server of the bed as a process: on a leash, ready when it answers, its output in a file.

It can die before its block ends, and be started again: `Server`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import aiohttp

Ready: TypeAlias = Callable[[], Awaitable[bool]]

READY_SECONDS = 120.0
_LEASH = Path(__file__).with_name("leash.py")


class NotReady(Exception):
    """A server of the bed did not come up. The text ends with the last lines of its log."""


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Server:
    """One server, which may die and come back, the same in all but its process.

    Args:
        command: What is run on the leash.
        folder: Where it is run.
        ready: Whether it answers.
        log: Where its output goes; kept when it is started again.
    """

    def __init__(self, command: Sequence[str], *, folder: Path, ready: Ready, log: Path) -> None:
        self._command = command
        self._folder = folder
        self._ready = ready
        self._log = log
        self._stack = AsyncExitStack()
        self._process: asyncio.subprocess.Process | None = None

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """Run it until the block ends; the block begins when it answers."""
        try:
            await self.start()
            yield
        finally:
            await self._stack.aclose()

    async def start(self) -> None:
        """Run it, also once more. Raises `NotReady`."""
        await self._stack.aclose()
        self._process = await self._stack.enter_async_context(
            running(self._command, folder=self._folder, ready=self._ready, log=self._log)
        )

    async def crash(self) -> None:
        """It dies as by `kill -9`, and so does what it has started."""
        assert self._process
        if not self.has_ended:
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """The signal, as a container sends it. Returns when it has ended, if it had not before."""
        assert self._process
        if self._process.returncode is None:
            os.kill(self.pid, number)
            await self._process.wait()

    async def is_ready(self) -> bool:
        """Whether it answers."""
        return await self._ready()

    async def ended(self) -> None:
        """Wait until it has, by itself or not."""
        assert self._process
        await self._process.wait()

    @property
    def has_ended(self) -> bool:
        """Whether it has, by itself or not."""
        return self._process is None or self._process.returncode is not None

    @property
    def pid(self) -> int:
        """The server's own: what the leash holds."""
        assert self._process
        leash = self._process.pid
        return int(Path(f"/proc/{leash}/task/{leash}/children").read_text().split()[0])


@asynccontextmanager
async def running(
    command: Sequence[str], *, folder: Path, ready: Ready, log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a server until the block ends; the block begins when it is `ready`.

    It is in a session of its own: Ctrl-C reaches us alone, and we end it in its turn.

    Raises:
        NotReady: it exited, or did not answer within two minutes.
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
        await _until_ready(process, ready, log)
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def answers(url: str) -> Ready:
    """Ready when something is said there, but for an error of the server."""

    async def ready() -> bool:
        try:
            async with aiohttp.ClientSession() as http, http.get(url) as response:
                return response.status < 500
        except aiohttp.ClientError:
            return False

    return ready


async def _until_ready(process: asyncio.subprocess.Process, ready: Ready, log: Path) -> None:
    try:
        async with asyncio.timeout(READY_SECONDS):
            while not await ready():
                if process.returncode is not None:
                    raise NotReady(f"{log.stem} ended at once.\n{last_lines(log)}")
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise NotReady(f"{log.stem} did not answer.\n{last_lines(log)}") from None


def last_lines(log: Path, count: int = 30) -> str:
    """The end of a log, for the text of an error."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
