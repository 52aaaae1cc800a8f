"""A program that looks at its own event loop: `python -P watched.py -m MODULE [ARGUMENTS…]`.

It runs the module as `python -m` does. At each SIGUSR1 it writes into `watched.json`, in its
folder, what has been since the one before; nothing of it is measured from outside:

    rss, peak      memory, MB
    tasks, ours    tasks there are; those of a plugin's archive, by name
    sockets, files open ones; files are all that is open, sockets too
    threads        that run
    timers         that are set
    steps          of the loop
    held, busy     the longest of them: seconds, and seconds of the processor, which other programs
                   on the machine do not lengthen; `step` is what it was, where it stands now
    collecting     the longest time that Python looked for garbage, within a step
    queries        by the logger of their database
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import runpy
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, cast

from mautrix.util.async_db.connection import LoggingConnection

FILE = "watched.json"
_QUERIES = ("execute", "executemany", "fetch", "fetchrow", "fetchval")


class Watch:
    """What is counted, and written when it is asked for."""

    def __init__(self) -> None:
        self.loop: Any = None
        self._collecting_since = 0.0
        self._begin()

    def _begin(self) -> None:
        self.held, self.busy, self.step, self.steps = 0.0, 0.0, "", 0
        self.queries = Counter[str]()
        self.collecting = 0.0

    def watch(self) -> None:
        """From now on, every step and every query."""
        run = asyncio.Handle._run
        watch = self

        def timed(handle: asyncio.Handle) -> None:
            watch.loop = handle._loop  # type: ignore[attr-defined]
            held, busy = time.perf_counter(), time.thread_time()
            run(handle)
            watch.stepped(handle, time.perf_counter() - held, time.thread_time() - busy)

        asyncio.Handle._run = timed  # type: ignore[method-assign, assignment]
        for name in _QUERIES:
            setattr(LoggingConnection, name, self._counted(getattr(LoggingConnection, name)))
        gc.callbacks.append(self._collects)
        signal.signal(signal.SIGUSR1, lambda *_: self.write())

    def stepped(self, handle: asyncio.Handle, held: float, busy: float) -> None:
        self.steps += 1
        self.held = max(self.held, held)
        if busy > self.busy:
            self.busy, self.step = busy, _what(handle)

    def _collects(self, phase: str, _: object) -> None:
        now = time.thread_time()
        if phase == "stop":
            self.collecting = max(self.collecting, now - self._collecting_since)
        self._collecting_since = now

    def write(self) -> None:
        tasks = asyncio.all_tasks(self.loop)
        status = dict(line.split(":", 1) for line in _lines("/proc/self/status"))
        found = {
            "rss": int(status["VmRSS"].split()[0]) / 1024,
            "peak": int(status["VmHWM"].split()[0]) / 1024,
            "tasks": len(tasks),
            "ours": Counter(filter(None, map(_ours, tasks))),
            "sockets": _sockets(),
            "files": len(os.listdir("/proc/self/fd")),
            "threads": int(status["Threads"]),
            "timers": sum(not timer.cancelled() for timer in self.loop._scheduled),
            "steps": self.steps,
            "held": self.held,
            "busy": self.busy,
            "step": self.step,
            "collecting": self.collecting,
            "queries": self.queries,
        }
        self._begin()
        Path(f"{FILE}.new").write_text(json.dumps(found))
        os.replace(f"{FILE}.new", FILE)

    def _counted(self, query: Any) -> Any:
        async def counted(connection: Any, *arguments: Any, **options: Any) -> Any:
            self.queries[connection.log.name] += 1
            return await query(connection, *arguments, **options)

        return counted


def _what(handle: Any) -> str:
    """The step in words: of a task, what it and all that it waits for are."""
    task = getattr(handle._callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return repr(handle)[:200]
    names, at = [task.get_name()], cast(Any, task.get_coro())
    while at is not None:
        code = getattr(at, "cr_code", getattr(at, "ag_code", None))
        names.append(code.co_qualname if code else type(at).__name__)
        at = getattr(at, "cr_await", getattr(at, "ag_await", None))
    return " > ".join(names)


def _ours(task: asyncio.Task[Any]) -> str:
    code = getattr(task.get_coro(), "cr_code", None)
    return code.co_qualname if code and ".mbp/" in code.co_filename else ""


def _lines(file: str) -> list[str]:
    return Path(file).read_text().splitlines()


def _sockets() -> int:
    links = Path("/proc/self/fd").iterdir()
    return sum(os.path.islink(link) and os.readlink(link).startswith("socket:") for link in links)


if __name__ == "__main__":
    Watch().watch()
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
