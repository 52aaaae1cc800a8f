"""What a signal interrupts, and what not."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest

from llmstream.bot.signals import hear_between_steps


@pytest.fixture(autouse=True)
def _as_maubot_does() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_signal_stops_the_loop_and_no_task_in_the_middle_of_its_work() -> None:
    loop = asyncio.new_event_loop()
    done: list[str] = []

    async def work() -> None:
        signal.raise_signal(signal.SIGTERM)
        done.append("the step in which it came")
        await asyncio.sleep(0.01)
        done.append("and the next")

    async def run() -> None:
        hear_between_steps()
        tasks.append(asyncio.ensure_future(work()))
        await asyncio.Event().wait()

    tasks: list[asyncio.Future[None]] = []
    running = loop.create_task(run())
    with pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(running)
    loop.run_until_complete(tasks[0])  # as maubot goes on, to stop its plugins
    assert done == ["the step in which it came", "and the next"]
    running.cancel()
    loop.run_until_complete(asyncio.wait([running]))
    loop.close()


async def test_a_handler_that_is_not_maubot_s_stays() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hear_between_steps()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
