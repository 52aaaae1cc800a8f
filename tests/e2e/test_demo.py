"""`./build.sh demo`, run as a person runs it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest
from yarl import URL

from mbp.pack import ROOT

_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY")


@asynccontextmanager
async def demo(folder: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A running demo, with pipes for keyboard, screen and notes; its files are in the folder."""
    environment = {name: value for name, value in os.environ.items() if name not in _KEYS}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bed.demo", *arguments),
        cwd=ROOT,
        env=environment | {"TMPDIR": str(folder)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=_hear_ctrl_c,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


def _hear_ctrl_c() -> None:
    """As in a terminal. What a shell starts in the background is deaf to it, with its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def is_gone(url: str) -> None:
    """Wait until nobody listens there: hold a connection for as long as one is to be had."""
    address = URL(url)
    while True:
        with suppress(ConnectionError):  # one that ends meanwhile resets what waits for it
            try:
                reader, writer = await asyncio.open_connection(address.host, address.port)
            except ConnectionRefusedError:
                return
            with closing(writer):
                await reader.read()


async def addresses(process: asyncio.subprocess.Process) -> list[str]:
    """Where the servers are, as the demo says once all is ready."""
    assert process.stderr is not None
    notes = ""
    while "web UI" not in notes:
        line = await process.stderr.readline()
        assert line, f"The demo ended:\n{notes}"
        notes += line.decode()
    return re.findall(r"http://\S+", notes)


async def test_one_question_is_answered_and_the_demo_leaves(tmp_path: Path) -> None:
    async with demo(tmp_path, "--once", "hello") as process:
        answer, notes = await process.communicate()

    assert process.returncode == 0, notes.decode()
    assert "hello" in answer.decode()


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_nothing_is_left_running_however_it_ends(
    way: signal.Signals, tmp_path: Path
) -> None:
    async with demo(tmp_path) as process:
        servers = await addresses(process)
        process.send_signal(way)
        await process.wait()

    async with asyncio.timeout(90):
        await asyncio.gather(*(is_gone(server) for server in servers))


async def test_questions_from_the_keyboard_are_answered_until_its_end(tmp_path: Path) -> None:
    async with demo(tmp_path) as process:
        await addresses(process)
        answers, _ = await process.communicate(b"first question\n!ask second question\n")

    assert process.returncode == 0
    assert "first question" in answers.decode()
    assert "second question" in answers.decode()
