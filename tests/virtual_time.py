"""An event loop whose clock leaps to the next timer, so that minutes of waiting pass in no time.

Everything that uses `loop.time()`, `asyncio.sleep` or `asyncio.timeout` runs unchanged. Work in
threads (`asyncio.to_thread`) takes no virtual time.
"""

from __future__ import annotations

import asyncio
import functools
import selectors
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, ParamSpec, TypeVar, TypeVarTuple, Unpack

from llmstream.bot.store.in_time import NAME

T = TypeVar("T")
P = ParamSpec("P")
Ts = TypeVarTuple("Ts")

# Real seconds without any event or timer after which nothing will ever happen.
_STUCK = 10.0


# Real seconds in which a database on this machine answers.
_PATIENCE = 0.05
_IS_ASKED = 1.0  # the same, where we know that one is asked


def _a_database_may_answer() -> float:
    """aiosqlite works in a thread of its own, of which the loop hears only when it is done. How
    many real seconds that may take.
    """
    if any(task.get_name() == NAME for task in asyncio.all_tasks()):
        return _IS_ASKED
    working = any("_connection_worker_thread" in one.name for one in threading.enumerate())
    return _PATIENCE if working else 0


class _LeapingSelector(selectors.DefaultSelector):
    """Instead of waiting for the next timer, moves the clock to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.threads = 0

    def select(self, timeout: float | None = None) -> Any:
        if self.threads:
            return super().select(timeout if timeout == 0 else 0.05)
        if timeout is None:
            events = super().select(_STUCK)
            if not events:
                raise RuntimeError("everything waits for something that will never happen")
            return events
        events = super().select(_a_database_may_answer() if timeout else 0)
        if not events:
            self.now += max(0.0, timeout)
        return events


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._leaping = _LeapingSelector()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        self._leaping.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_is_done)
        return future

    def _thread_is_done(self, _: asyncio.Future[Any]) -> None:
        self._leaping.threads -= 1


def run_virtual(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run this to its end in virtual time, which begins at 0."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(coroutine)


def virtual_time(test: Callable[P, Awaitable[T]]) -> Callable[P, T]:
    """Decorates an async test (or hypothesis' inner one): it runs in virtual time."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        async def body() -> T:
            return await test(*args, **kwargs)

        return run_virtual(body())

    return run
