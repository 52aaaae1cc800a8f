"""A real PostgreSQL on loopback, of whatever version is installed; nobody needs a password.

    async with Postgres.up() as postgres, Bed.up(archive, postgres=postgres.url) as bed: ...

Its programs refuse to run as root: then they run as the user `postgres`, which Debian's package
makes. Nothing of it outlives its block.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from .process import Server, free_port

_USER = "postgres"
_FAST = "fsync=off", "synchronous_commit=off", "full_page_writes=off"


def missing() -> str:
    """Why there can be none here; '' where there can."""
    if not _programs():
        return "PostgreSQL is not installed. On Debian: apt install postgresql"
    return "" if os.geteuid() or shutil.which("setpriv") else "setpriv is missing"


class Postgres:
    """A running one, with an empty database."""

    def __init__(self, url: str, server: Server) -> None:
        self.url = url
        self._server = server

    @classmethod
    @asynccontextmanager
    async def up(cls) -> AsyncIterator[Postgres]:
        """Run one until the block ends."""
        port = free_port()
        with tempfile.TemporaryDirectory(prefix="llmstream-postgres-") as name:
            folder, cluster = Path(name), Path(name, "cluster")
            if not os.geteuid():
                shutil.chown(folder, _USER, _USER)
            await _run("initdb", "-D", cluster, "-U", _USER, "-A", "trust", "-E", "UTF8", "-N")
            url = f"postgresql://{_USER}@127.0.0.1:{port}/{_USER}"
            server = Server(
                _command("postgres", "-D", cluster, "-p", port, *_settings()),
                folder=folder,
                ready=lambda: _takes(url),
                log=folder / "postgres.log",
            )
            async with server.up():
                try:
                    yield cls(url, server)
                finally:
                    await server.end(signal.SIGQUIT)  # at once, whoever is connected

    async def stop(self) -> None:
        """It ends as for a restart: whoever is connected is thrown out."""
        await self._server.end(signal.SIGINT)

    async def start(self) -> None:
        """Run it once more."""
        await self._server.start()

    async def fetch(self, statement: str) -> list[Any]:
        """Rows, as its owner sees them."""
        connection = await asyncpg.connect(self.url)
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()


def _settings() -> list[str]:
    wanted = ("listen_addresses=127.0.0.1", "unix_socket_directories=", *_FAST)
    return [word for setting in wanted for word in ("-c", setting)]


def _programs() -> Path | None:
    """The folder of the newest version's programs."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    found = shutil.which("initdb")
    return versions[-1].parent if versions else Path(found).resolve().parent if found else None


def _command(program: str, *arguments: object) -> Sequence[str]:
    programs = _programs()
    assert programs, missing()
    other = ("setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups")
    return (*(() if os.geteuid() else other), str(programs / program), *map(str, arguments))


async def _run(program: str, *arguments: object) -> None:
    process = await asyncio.create_subprocess_exec(
        *_command(program, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd="/",
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{program}: {said.decode(errors='replace')}")


async def _takes(url: str) -> bool:
    """Whether it takes connections."""
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True
