"""What can be posted besides text and streams: a stream with wishes, and a list of tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Self, TypeAlias

from .adapters import Stream
from .chunks import PlanUpdate, TaskStatus, TaskUpdate
from .document import Document
from .matrix.buttons import Press
from .matrix.content.style import Ending
from .matrix.content.view import GroupTasks
from .matrix.live import Live
from .matrix.sending.outcome import SendError

Begin: TypeAlias = Callable[[Sequence[str]], Live]
"""Begins to write a plan's document: anew, or into the messages with these event ids."""


@dataclass(frozen=True, slots=True)
class StreamingPlan:
    """A stream, and how its tasks and its end look in the room.

        await post(client, room_id, StreamingPlan(stream, group_tasks="plan", end_with=["👍"]))

    Args:
        stream: Any stream that `post()` takes.
        group_tasks: Tasks stand where they happened ("timeline") or as one block on top ("plan").
        end_with: Reactions that the finished message gets as buttons. Each is an event of the
            account's budget.
        update_interval_ms: Edits never start closer than this.
        placeholder: Shown until there is text; None is the default of `Style`, '' shows typing
            only.
        on_button: Called each time a person presses one of `end_with`, for a week, as long as the
            client syncs and the process runs.
    """

    stream: Stream
    group_tasks: GroupTasks = "timeline"
    end_with: Sequence[str] = ()
    update_interval_ms: int = 500
    placeholder: str | None = None
    on_button: Callable[[Press], Awaitable[None]] | None = None


class Plan:
    """A list of tasks in one message, changed as the work goes on.

        plan = Plan("Researching…")
        await post(client, room_id, plan)
        async with plan:
            await plan.add_task("Look up the record")
            await plan.update_task(output="3 matches")
            await plan.complete("Done")

    Before it is posted, the same calls fill it. None of them waits for the server: however many
    there are, the room gets an edit at most every half second, and only `complete()` returns when
    the last one is there. A plan that is complete stays as it is in the room, whatever is called
    later, until `reset()` begins anew.

    The `async with` block is optional. It completes the plan at its end; where the work raises or
    is cancelled, what ran is marked as failed instead, and no message is left open.

    Every method raises `SendError` once where the room takes nothing more (we are not in it any
    more, say), after which calls only fill the plan.
    """

    def __init__(self, initial_message: str = "") -> None:
        self.document = Document()
        self._begin: Begin | None = None
        self._live: Live | None = None
        self._event_ids: tuple[str, ...] = ()
        self._ended: Ending | None = None
        self._ids = count(1)
        self.document.add(PlanUpdate(initial_message))

    async def show(self, begin: Begin, event_ids: Sequence[str] = ()) -> tuple[str, ...]:
        """Show it from now on, in a message of its own or in those given; `post()` calls it.

        Returns:
            The ids of its messages' first events.

        Raises:
            ValueError: It is being shown already.
        """
        if self._live:
            raise ValueError("This plan is in a room already. Complete it first, or make another.")
        self._begin = begin
        self._live = live = begin(event_ids)
        try:
            await live.begun()
        except asyncio.CancelledError:
            await self._end(Ending("stopped"))
            raise
        except SendError:
            self._live = None
            live.abandon()
            raise
        finally:
            self._event_ids = live.event_ids
        if self._ended:
            await self._end(self._ended)
        return live.event_ids

    async def add_task(self, title: str, children: str | Sequence[str] = ()) -> str:
        """Complete the running task and begin the next; `children` are the lines under it.

        Returns its id.
        """
        for task in self.document.tasks:
            if task.status == "in_progress":
                await self._add(TaskUpdate(task.id, task.title, "complete"))
        lines = [children] if isinstance(children, str) else children
        task_id = f"task-{next(self._ids)}"
        details = "\n".join(f"- {line}" for line in lines) if len(lines) > 1 else "".join(lines)
        await self._add(TaskUpdate(task_id, title, "in_progress", details))
        return task_id

    async def update_task(
        self,
        output: str | None = None,
        *,
        status: TaskStatus | None = None,
        title: str | None = None,
        id: str | None = None,
    ) -> bool:
        """Change the task `id`, or else the one that runs, or else the last.

        False where there is none. Raises `ValueError` where the status is none of the four.
        """
        tasks = self.document.tasks
        if id is not None:
            known = [task for task in tasks if task.id == id]
        else:
            known = [task for task in tasks if task.status == "in_progress"] or list(tasks)
        for task in known[-1:]:
            update = TaskUpdate(task.id, title or task.title, status or task.status, output=output)
            await self._add(update)
        return bool(known)

    async def complete(self, message: str = "") -> None:
        """All that runs is complete, `message` is the title, and the message is finished.

        Returns when the server has it.
        """
        if message:
            await self._add(PlanUpdate(message))
        await self._end(Ending())

    async def reset(self, message: str) -> None:
        """Begin anew in the same message, also where it was complete."""
        self.document.clear_tasks()
        self._ended = None
        if self._begin and self._event_ids and not self._live:
            self._live = self._begin(self._event_ids)
        await self._add(PlanUpdate(message))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            await self.complete()
        else:
            stopped = isinstance(error, asyncio.CancelledError)
            with suppress(SendError):
                await self._end(Ending("stopped" if stopped else "failed"))

    async def _add(self, chunk: TaskUpdate | PlanUpdate) -> None:
        live = self._live
        if live is None:
            if not (self._ended and self._event_ids):
                self.document.add(chunk)
            return
        try:
            await live.add(chunk)
        except SendError:
            self._live = None
            live.abandon()
            raise

    async def _end(self, ending: Ending) -> None:
        """The message's last word, once."""
        self._ended = self._ended or ending
        self.document.end_tasks("complete" if ending.status == "complete" else "error")
        live, self._live = self._live, None
        if live:
            await live.finish(ending)
