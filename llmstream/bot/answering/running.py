"""The answers being written now: who asked, where they stand, and how they are stopped.

The one owner of that state. It ends answers; what they say is `answer.py`, who may end them
`reactions.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from ...matrix.content.style import Ending
from ...matrix.reading.said import Said
from ..room.triggers import Question
from ..tools import Approvals

STOPPED = Ending("stopped", "⏹️ Stopped.")
INTERRUPTED = Ending("interrupted", "⚠️ Interrupted: the bot was stopped or reloaded. Ask again.")


@dataclass(eq=False)
class Writing:
    """One answer being written.

    Attributes:
        conversation: What is written in one conversation is written one after another.
        event_ids: The messages that the room has of it so far.
        ending: Why it was stopped from outside; None while nobody has.
        concluded: Nothing more comes: its last event is being sent, and it is being kept.
    """

    question: Question
    thread_root: str
    conversation: str
    approvals: Approvals
    event_ids: list[str] = field(default_factory=list)
    ending: Ending | None = None
    concluded: bool = False
    task: asyncio.Task[None] | None = None

    def stop(self, ending: Ending) -> None:
        """End it, with this under it. The first ending counts."""
        if self.ending is None and self.task:
            self.ending = ending
            self.task.cancel()

    async def over(self) -> None:
        """Wait until it has ended, however it ends."""
        if self.task:
            await asyncio.wait([self.task])


class Running:
    """All answers being written by one instance."""

    def __init__(self) -> None:
        self._writing: set[Writing] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._conversations: dict[str, tuple[asyncio.Lock, int]] = {}

    def __iter__(self) -> Iterator[Writing]:
        return iter(tuple(self._writing))

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Wait for this task when the plugin stops, and cancel it where that takes too long."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def keep_this(self) -> None:
        """The same for the task that calls this: a handler of maubot's outlives its plugin."""
        if task := asyncio.current_task():
            self.keep(task)

    def begin(self, writing: Writing, work: Coroutine[Any, Any, None]) -> None:
        """Let `work` write it, in a task of its own."""
        writing.task = asyncio.create_task(work)
        self._writing.add(writing)
        writing.task.add_done_callback(lambda _: self._writing.discard(writing))

    def of_event(self, room_id: str, event_id: str) -> Writing | None:
        """The answer that has this event among its messages."""
        here = (one for one in self if one.question.room_id == room_id)
        return next((one for one in here if event_id in one.event_ids), None)

    def of_question(self, event_id: str) -> list[Writing]:
        """The answers to this question."""
        return [one for one in self if one.question.event_id == event_id]

    def in_room(self, room_id: str, thread_root: str = "") -> list[Writing]:
        """The answers being written in a room, or only in one of its threads."""
        here = [one for one in self if one.question.room_id == room_id]
        return [one for one in here if one.thread_root == thread_root] if thread_root else here

    def is_joined_by(self, said: Said) -> bool:
        """Whether a message replies to an answer being written, or stands in its thread."""
        if said.thread_root and self.in_room(said.room_id, said.thread_root):
            return True
        return self.of_event(said.room_id, said.reply_to) is not None

    @asynccontextmanager
    async def turn(self, conversation: str) -> AsyncIterator[None]:
        """One answer at a time in a conversation, in the order in which they were asked."""
        lock, waiting = self._conversations.get(conversation, (asyncio.Lock(), 0))
        self._conversations[conversation] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._conversations.pop(conversation)
            if waiting > 1:
                self._conversations[conversation] = (lock, waiting - 1)

    async def stop_all(self, patience: float) -> None:
        """Interrupt all, and wait `patience` seconds at most until their messages are finished."""
        for writing in self:
            writing.stop(INTERRUPTED)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while tasks := self._unfinished():
                    await asyncio.wait(tasks)
        for task in self._unfinished():
            task.cancel()

    def _unfinished(self) -> set[asyncio.Task[None]]:
        return self._tasks | {writing.task for writing in self if writing.task}
