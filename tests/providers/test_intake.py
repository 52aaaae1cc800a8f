"""Reading many responses at once in fewer pieces, and one without any delay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from llmstream.providers.intake import Intake
from tests.virtual_time import virtual_time


async def _tokens(count: int, apart: float = 0.01) -> AsyncIterator[bytes]:
    """They come at their time, whether anybody reads or not."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(count):
        if (wait := began + number * apart - loop.time()) > 0:
            await asyncio.sleep(wait)
        yield b"%d " % number


async def _read(intake: Intake) -> list[tuple[float, bytes]]:
    """Each piece, and when it came."""
    loop, pieces = asyncio.get_running_loop(), []
    async with intake:
        began = loop.time()
        while piece := await intake.next(5):
            pieces.append((round(loop.time() - began, 3), piece))
    return pieces


@virtual_time
async def test_a_few_are_read_as_they_come() -> None:
    for pieces in await asyncio.gather(*(_read(Intake(_tokens(30))) for _ in range(4))):
        assert pieces == [(round(n * 0.01, 3), b"%d " % n) for n in range(30)]


@virtual_time
async def test_many_are_read_in_few_pieces_and_none_is_late() -> None:
    for pieces in await asyncio.gather(*(_read(Intake(_tokens(100))) for _ in range(20))):
        assert b"".join(piece for _, piece in pieces) == b"".join(b"%d " % n for n in range(100))
        assert pieces[0] == (0.0, b"0 ")
        assert len(pieces) < 20
        for at, piece in pieces:
            assert at - int(piece.split()[0]) * 0.01 < 0.125


@virtual_time
async def test_many_that_began_one_after_another_are_read_at_the_same_moments() -> None:
    async def later(number: int) -> list[float]:
        await asyncio.sleep(number * 0.0071)
        began = asyncio.get_running_loop().time()
        return [began + at for at, _ in await _read(Intake(_tokens(200)))]

    read = await asyncio.gather(*map(later, range(20)))
    busy = (round(at, 2) for moments in read for at in moments if 0.5 < at < 1.5)
    assert len(set(busy)) < 12


@virtual_time
async def test_what_comes_after_a_pause_is_there_at_once() -> None:
    for pieces in await asyncio.gather(*(_read(Intake(_tokens(5, 1.0))) for _ in range(20))):
        assert pieces == [(float(n), b"%d " % n) for n in range(5)]


@virtual_time
async def test_silence_is_noticed() -> None:
    async with Intake(_tokens(2, 60)) as intake:
        assert await intake.next(5) == b"0 "
        with pytest.raises(TimeoutError):
            await intake.next(5)


@virtual_time
async def test_what_came_before_an_error_is_read_first() -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield b"word"
        raise ConnectionError

    async with AsyncExitStack() as others:
        for _ in range(10):
            await others.enter_async_context(Intake(_tokens(9, 60)))
        async with Intake(breaks()) as intake:
            assert await intake.next(5) == b"word"
            with pytest.raises(ConnectionError):
                await intake.next(5)


@virtual_time
async def test_a_server_that_is_too_fast_waits() -> None:
    sent = 0

    async def floods() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * 65_536:
            sent += 65_536
            yield bytes(65_536)

    async with Intake(floods()) as intake:
        await asyncio.sleep(60)
        assert sent <= 4 * 65_536
        taken = 0
        while piece := await intake.next(5):
            taken += len(piece)
        assert taken == 100 * 65_536
