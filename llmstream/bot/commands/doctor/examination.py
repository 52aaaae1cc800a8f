"""Many checks at once, as a stream: a plan whose tasks they are, then what there is to do.

What is looked at is the checks' own (`provider_checks` and the others).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from textwrap import indent

from ....chunks import Chunk, PlanUpdate, TaskStatus, TaskUpdate, Text
from ...phrases import count
from .finding import Check, Finding

log = logging.getLogger(__name__)

AT_ONCE = 8
_MARKS = {"bad": "❌", "better": "💡"}
_HEADINGS = {"bad": "To mend", "better": "Could be better"}
_BROKE = Finding(
    "could not be looked at", "bad", "That is a mistake of mine: maubot's log says which."
)


async def examine(checks: Sequence[Check]) -> AsyncGenerator[Chunk, None]:
    """Run all checks side by side. None takes longer than its patience, none breaks the others."""
    clock = asyncio.get_running_loop().time
    began = clock()
    yield PlanUpdate(f"🩺 Looking at {count(len(checks), 'thing')}…")
    for number, check in enumerate(checks):
        yield TaskUpdate(str(number), check.title, "pending")
    updates: asyncio.Queue[TaskUpdate] = asyncio.Queue()
    turns = asyncio.Semaphore(AT_ONCE)
    looking = [
        asyncio.create_task(_look(number, check, turns, updates))
        for number, check in enumerate(checks)
    ]
    try:
        for _ in range(2 * len(checks)):  # each begins, and ends
            yield await updates.get()
        found = [(check, task.result()) for check, task in zip(checks, looking, strict=True)]
    finally:
        for task in looking:
            task.cancel()
    yield PlanUpdate(_summary(found, clock() - began))
    if advice := "\n\n".join(filter(None, (_advice(level, found) for level in _MARKS))):
        yield Text(advice)


async def _look(
    number: int, check: Check, turns: asyncio.Semaphore, updates: asyncio.Queue[TaskUpdate]
) -> Finding:
    async with turns:
        updates.put_nowait(TaskUpdate(str(number), check.title))
        found = await _found(check)
    status: TaskStatus = "error" if found.level == "bad" else "complete"
    mark = f" {_MARKS[found.level]}" if found.level == "better" else ""
    updates.put_nowait(TaskUpdate(str(number), f"{check.title}: {found.said}{mark}", status))
    return found


async def _found(check: Check) -> Finding:
    """What it finds. One that does not end, not even when it is told to, is left alone."""
    looking = asyncio.ensure_future(check.run())
    try:
        done, _ = await asyncio.wait([looking], timeout=check.patience)
    finally:
        looking.cancel()
    if not done:
        return Finding(f"no answer within {check.patience:g} s", "bad", check.remedy)
    try:
        return looking.result()
    except (Exception, asyncio.CancelledError):
        log.exception("The doctor's check %s failed", check.title)
        return _BROKE


def _summary(found: Sequence[tuple[Check, Finding]], seconds: float) -> str:
    levels = [finding.level for _, finding in found]
    bad, better = levels.count("bad"), levels.count("better")
    said = [f"{bad} to mend"] if bad else []
    said += [f"{better} could be better"] if better else []
    looked = f"🩺 Looked at {count(len(found), 'thing')} in {seconds:.1f} s"
    return f"{looked}: {', '.join(said) or 'all is well'}."


def _advice(level: str, found: Sequence[tuple[Check, Finding]]) -> str:
    points = [
        indent(
            f"{_MARKS[level]} **{check.title}**: {_sentence(finding.said)}\n\n{finding.remedy}",
            "  ",
        )
        for check, finding in found
        if finding.level == level
    ]
    listed = (f"- {point.strip()}" for point in points)
    return "\n\n".join([f"#### {_HEADINGS[level]}", *listed]) if points else ""


def _sentence(said: str) -> str:
    return said if said.endswith((".", "?", "!")) else f"{said}."
