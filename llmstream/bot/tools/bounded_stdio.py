"""A tool server that is a process of ours, and how much it may print at once.

`mcp`'s own way to a process keeps whatever stands in a line, however long: 60 MB of it took half a
gigabyte. Here a line has a bound, and a server that prints more has its session ended. What its
messages mean is `mcp`'s to say.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from .bounded_http import Counter

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams

log = logging.getLogger(__name__)

_PIECE = 64 * 1024  # bytes read at once
_PATIENCE = 2.0  # seconds for a process to end by itself, and again once it was told to


@asynccontextmanager
async def process_streams(
    command: str, args: Sequence[str], env: Mapping[str, str]
) -> AsyncGenerator[TransportStreams, None]:
    """Start a server, and talk to it over its standard input and output.

    What it writes to stderr goes where our own does: there an admin finds it.

    Raises:
        OSError: It cannot be started.
    """
    import anyio
    from mcp.client.stdio import get_default_environment

    process = await asyncio.create_subprocess_exec(
        command,
        *args,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**get_default_environment(), **env},
        start_new_session=True,
    )
    heard, read = anyio.create_memory_object_stream[Any](0)
    write, said = anyio.create_memory_object_stream[Any](0)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_hear, process, heard)
            tasks.start_soon(_say, process, said)
            yield read, write
            tasks.cancel_scope.cancel()
    finally:
        for stream in (heard, read, write, said):
            stream.close()
        with anyio.CancelScope(shield=True):
            await _end(process)


async def _hear(process: asyncio.subprocess.Process, heard: Any) -> None:
    """Hand on each line as the message that it is, until there are no more."""
    import anyio

    with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
        async with heard:
            async for line in _lines(process):
                await heard.send(_message(line))


async def _lines(process: asyncio.subprocess.Process) -> AsyncGenerator[bytes, None]:
    assert process.stdout is not None
    pieces: list[bytes] = []
    counter = Counter()
    while piece := await process.stdout.read(_PIECE):
        first, *rest = piece.split(b"\n")
        for last, part in enumerate((first, *rest)):
            if last:
                yield b"".join(pieces)
                pieces, counter = [], Counter()
            if not counter.takes(part):
                log.error("A tool server printed more in a line than is read of it")
                return
            pieces.append(part)


def _message(line: bytes) -> Any:
    from mcp.shared.message import SessionMessage
    from mcp.types import jsonrpc_message_adapter

    text = line.decode("utf-8", "replace")  # no byte is a reason to end the session
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(text, by_name=False))
    except ValueError as error:
        log.debug("A tool server printed something that is no message")
        return error


async def _say(process: asyncio.subprocess.Process, said: Any) -> None:
    assert process.stdin is not None
    with suppress(OSError):
        async with said:
            async for one in said:
                text = one.message.model_dump_json(by_alias=True, exclude_unset=True)
                process.stdin.write(text.encode("utf-8", "replace") + b"\n")
                await process.stdin.drain()


async def _end(process: asyncio.subprocess.Process) -> None:
    """End it with all that it has started: by closing its input, by asking, by force."""
    assert process.stdin is not None
    process.stdin.close()
    draining = asyncio.create_task(_drain(process))  # what cannot write cannot end
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
                break
        _signal(process.pid, sent)
    else:
        await process.wait()
    _signal(process.pid, signal.SIGTERM)  # what it has left behind
    await asyncio.wait([draining], timeout=_PATIENCE)
    draining.cancel()


async def _drain(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    while await process.stdout.read(_PIECE):
        pass


def _signal(group: int, sent: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, sent)
