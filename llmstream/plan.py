"""What can be posted besides text:

a stream with wishes (`StreamingPlan`), and a list of tasks (`Plan`).
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from .chunks import PlanUpdate, TaskStatus, TaskUpdate
from .document import Document
from .matrix.buttons import Press
from .matrix.live import Live
from .matrix.style import Ending
from .matrix.view import GroupTasks


@dataclass(frozen=True, slots=True)
class StreamingPlan:
    """A stream, and how its tasks and its end look in the room.

        await post(client, room_id, StreamingPlan(stream, group_tasks="plan", end_with=["👍"]))

    Args:
        stream: Any async or plain iterable that `post()` takes.
        group_tasks: Tasks stand where they happened ("timeline") or as one block on top ("plan").
        end_with: Reactions that the finished message gets as buttons.
        update_interval_ms: Edits never start closer than this.
        placeholder: Shown until there is text; None is the default of `Style`, '' shows typing
            only.
        on_button: Called when a person presses one of `end_with`.
    """

    stream: AsyncIterable[Any] | Iterable[Any]
    group_tasks: GroupTasks = "timeline"
    end_with: Sequence[str] = ()
    update_interval_ms: int = 500
    placeholder: str | None = None
    on_button: Callable[[Press], Awaitable[None]] | None = None


class Plan:
    """A list of tasks in one message, changed as the work goes on.

        plan = Plan("Researching…")
        await post(client, room_id, plan)
        await plan.add_task("Look up the record")
        await plan.update_task(output="3 matches")
        await plan.complete("Done")

    Before it is posted, the same calls fill it. None of them waits for the server: however many
    there are, the room gets an edit at most every half second, and only `complete()` returns when
    the last one is there.
    """

    def __init__(self, initial_message: str = "") -> None:
        self.document = Document()
        self._live: Live | None = None
        self._ids = count(1)
        self.document.add(PlanUpdate(initial_message))

    def attach(self, live: Live) -> None:
        """From now on changes are shown through `live`, which writes `self.document`.

        `post()` calls it.
        """
        self._live = live

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

        False where there is none.
        """
        tasks = self.document.tasks
        running = [task for task in tasks if task.status == "in_progress"]
        known = (
            [task for task in tasks if task.id == id] if id else running[-1:] or list(tasks[-1:])
        )
        for task in known:
            update = TaskUpdate(task.id, title or task.title, status or task.status, output=output)
            await self._add(update)
        return bool(known)

    async def complete(self, message: str = "") -> None:
        """All that runs is complete, `message` is the title, and the message is finished.

        Raises:
            SendError: The room does not take it.
        """
        if message:
            await self._add(PlanUpdate(message))
        self.document.end_tasks("complete")
        if self._live:
            await self._live.finish(Ending())
            self._live = None

    async def reset(self, message: str) -> None:
        """Begin anew in the same message."""
        self.document.clear_tasks()
        await self._add(PlanUpdate(message))

    async def _add(self, chunk: TaskUpdate | PlanUpdate) -> None:
        if self._live:
            await self._live.add(chunk)
        else:
            self.document.add(chunk)
