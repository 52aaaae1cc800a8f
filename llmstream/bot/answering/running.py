"""The answers being written now: what is asked, how far each has come, and how they are stopped.

The one owner of that state. It ends answers; what they say is `answer.py`, who may end them
`incoming/reactions.py`.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from ...document import Document
from ...matrix.content.style import Ending
from ...matrix.reading.said import Said
from ..config import Configuration, Limits
from ..room.triggers import Destination, Question, Situation, destination
from ..store import Answer, Unfinished
from ..tools import Approvals
from .one_at_a_time import OneAtATime

STOPPED = Ending("stopped", "⏹️ Stopped.")
INTERRUPTED = Ending(
    "interrupted",
    "⚠️ Interrupted: the bot was stopped or reloaded. Ask again, or react with 🔁.",
)
SHUT_OUT = Ending(
    "interrupted",
    "⚠️ Interrupted: I could not write here for a while. Ask again, or react with 🔁.",
)
PAUSED = Ending("interrupted", "⏸️ The bot was stopped. It goes on here when it is back.")

_LAST_PATIENCE = 1.0  # seconds for what was cancelled to keep how far it had come
_REMEMBERED = 1000
IN_FLIGHT = 60.0
"""Seconds that we wait for the server to say which message is ours."""
WAITING_IN_ROOM = 10
"""In one room so many times as many questions may wait as of one person."""


@dataclass(eq=False)
class RunningAnswer:
    """One answer, from its question to its last event.

    Attributes:
        id: Its own, also in a process that takes it up again.
        configuration: As it was when this was asked; it holds for the whole answer.
        rewrites: The earlier answer that this one replaces, in the same messages.
        goes_on: The answer that this one continues, as the model ran out of tokens.
        resumes: What an earlier process has left of this very answer.
        said_before: What the model is to go on from; '' where it begins anew.
        document: What the model has said so far.
        messages: The first event of each of its messages that the room has.
        waiting: Others come first; the model has not been asked.
        conversation: What is written in one conversation is written one after another.
        ending: Why it was stopped from outside; None while nobody has.
        concluded: Nothing more comes: its last event is being sent, and it is being kept.
        asked_at: When this began, unix time.
    """

    question: Question
    situation: Situation
    configuration: Configuration
    rewrites: Answer | None = None
    goes_on: Answer | None = None
    resumes: Unfinished | None = None

    id: str = field(init=False)
    document: Document = field(init=False)
    said_before: str = field(init=False, default="")
    messages: list[str] = field(init=False)
    waiting: bool = field(init=False, default=False)
    conversation: str = field(init=False, default="")
    ending: Ending | None = field(init=False, default=None)
    concluded: bool = field(init=False, default=False)
    task: asyncio.Task[None] | None = field(init=False, default=None)
    asked_at: float = field(init=False, default_factory=time.time)

    def __post_init__(self) -> None:
        self.settings = self.configuration.for_room(self.question.room_id)
        self.destination: Destination = destination(self.question, self.settings.thread)
        before = self.resumes.answer if self.resumes else self.rewrites or self.goes_on
        rounds = before.rounds if before else 0
        self.approvals = Approvals(self.question.sender, rounds=rounds)
        self.id = uuid4().hex
        self.document = Document()
        self.messages = list(self.rewrites.event_ids if self.rewrites else ())
        self.said_before = self.goes_on.text if self.goes_on else ""
        if left := self.resumes:
            self.id, self.document = left.id, left.document
            self.document.put_tasks_behind()
            self.messages = list(left.answer.event_ids)
            self.said_before += left.document.text

    @property
    def event_ids(self) -> list[str]:
        """All messages that people may take for this answer, with those that it continues."""
        return [*(self.goes_on.event_ids if self.goes_on else ()), *self.messages]

    def stop(self, ending: Ending) -> None:
        """End it, with this under it. The first ending counts, and its own before any other."""
        if self.ending is None and not self.concluded and self.task:
            self.ending = ending
            # A task that is cancelled before its first step says nothing at all.
            asyncio.get_running_loop().call_soon(self._cancel)

    def _cancel(self) -> None:
        if self.task and not self.concluded:
            self.task.cancel()

    async def over(self) -> None:
        """Wait until it has ended, however it ends."""
        if self.task:
            await asyncio.wait([self.task])

    async def stopped(self) -> None:
        """Stop it by a person's wish, and wait until it is over."""
        self.stop(STOPPED)
        await self.over()


class Full(Exception):
    """Too many wait already. The text tells the asker so, and what to do.

    `is_news` is False where the asker has heard it, and no question of theirs was taken since.
    """

    def __init__(self, text: str, *, is_news: bool) -> None:
        super().__init__(text)
        self.is_news = is_news


class Running:
    """All answers being written by one instance; `turn` keeps what is done in order."""

    def __init__(self) -> None:
        self._answers: set[RunningAnswer] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._refused: set[tuple[str, str]] = set()
        self.turn = OneAtATime()
        self._news = asyncio.Event()
        self._removed: OrderedDict[tuple[str, str], None] = OrderedDict()

    def __iter__(self) -> Iterator[RunningAnswer]:
        return iter(tuple(self._answers))

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Wait for this task when the plugin stops, and cancel it where that takes too long."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def keep_this(self) -> None:
        """The same for the task that calls this: a handler of maubot's outlives its plugin."""
        if task := asyncio.current_task():
            self.keep(task)

    @property
    def is_hearing(self) -> bool:
        """Whether something that was heard may still become an answer."""
        return bool(self._tasks)

    def admit(self, answer: RunningAnswer) -> None:
        """Find out whether it has to wait for others. Raises `Full` where too many do."""
        limits, question = answer.configuration.limits, answer.question
        asker = question.sender, question.room_id
        answer.conversation = self._conversation_of(answer)
        busy = sum(not one.waiting for one in self)
        answer.waiting = bool(limits.answers_at_once) and busy >= limits.answers_at_once
        answer.waiting |= any(one.conversation == answer.conversation for one in self)
        if answer.waiting and (why := self._is_full_for(question, limits)):
            heard = asker in self._refused
            self._refused.add(asker)
            raise Full(why, is_news=not heard)
        self._refused.discard(asker)

    def begin(self, answer: RunningAnswer, work: Coroutine[Any, Any, None]) -> None:
        """Let `work` write it, in a task of its own."""
        answer.task = asyncio.create_task(work)
        self._answers.add(answer)
        answer.task.add_done_callback(lambda _: self._over(answer))

    def begun(self, answer: RunningAnswer, event_id: str) -> None:
        """The server has another message of it, or this one again."""
        if event_id not in answer.messages:
            answer.messages.append(event_id)
        self._tell()

    def _over(self, answer: RunningAnswer) -> None:
        self._answers.discard(answer)
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def of_event(self, room_id: str, event_id: str) -> RunningAnswer | None:
        """The answer that has this event among its messages."""
        here = (one for one in self if one.question.room_id == room_id)
        return next((one for one in here if event_id in one.event_ids), None)

    async def soon_of_event(self, room_id: str, event_id: str) -> RunningAnswer | None:
        """The same, also where people have seen it before the server has told us its id: as long
        as anything is written in the room, that is waited for.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(IN_FLIGHT):
                while not self.of_event(room_id, event_id) and self.in_room(room_id):
                    await self._news.wait()
        return self.of_event(room_id, event_id)

    def of_id(self, id: str) -> RunningAnswer | None:
        """The answer with this id, if it is being written."""
        return next((one for one in self if one.id == id), None)

    async def over(self, id: str) -> None:
        """Wait until the answer with this id, if it is being written, has ended."""
        if one := self.of_id(id):
            await one.over()

    def of_question(self, room_id: str, event_id: str) -> list[RunningAnswer]:
        """The answers to this question; in another room its id may be anything."""
        asked = (room_id, event_id)
        return [one for one in self if (one.question.room_id, one.question.event_id) == asked]

    def removed(self, room_id: str, event_id: str) -> None:
        """This event is gone. Was it a question, it is none any more, though it may yet be read:
        its removal can come first.
        """
        self._removed[room_id, event_id] = None
        if len(self._removed) > _REMEMBERED:
            self._removed.popitem(last=False)

    def is_seen_to(self, room_id: str, event_id: str) -> bool:
        """Whether this question is being answered, or gone."""
        is_gone = (room_id, event_id) in self._removed
        return is_gone or bool(self.of_question(room_id, event_id))

    def in_room(self, room_id: str, thread_root: str = "") -> list[RunningAnswer]:
        """The answers being written in a room, or only in one of its threads."""
        here = [one for one in self if one.question.room_id == room_id]
        if not thread_root:
            return here
        return [one for one in here if one.destination.thread_root == thread_root]

    def is_joined_by(self, said: Said) -> bool:
        """Whether a message replies to an answer being written, or stands in its thread."""
        if said.thread_root and self.in_room(said.room_id, said.thread_root):
            return True
        return self.of_event(said.room_id, said.reply_to) is not None

    async def stop_all(self, patience: float) -> None:
        """Interrupt all, and wait `patience` seconds at most until their messages are finished.

        What is still being heard may begin another one: it is interrupted too.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while tasks := self._unfinished():
                    for answer in self:
                        answer.stop(
                            PAUSED if answer.settings.on_restart == "go_on" else INTERRUPTED
                        )
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if left := self._unfinished():
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=_LAST_PATIENCE)

    def _is_full_for(self, question: Question, limits: Limits) -> str:
        """Why this question may not wait with the others; '' where it may."""
        waiting = [one.question for one in self if one.waiting]
        own = sum(one.sender == question.sender for one in waiting)
        in_room = sum(one.room_id == question.room_id for one in waiting)
        most = limits.waiting_per_user or math.inf
        if own >= most:
            count = "A question of yours is" if own == 1 else f"{own} of your questions are"
            return f"{count} waiting already. Ask again when one of them is answered."
        if in_room >= most * WAITING_IN_ROOM:
            return f"{in_room} questions are waiting in this room already. Ask again later."
        return ""

    def _unfinished(self) -> set[asyncio.Task[None]]:
        return self._tasks | {answer.task for answer in self if answer.task}

    def _conversation_of(self, answer: RunningAnswer) -> str:
        question = answer.question
        if answer.destination.thread_root:
            return f"{question.room_id} {answer.destination.thread_root}"
        replied = question.reply_to and self.of_event(question.room_id, question.reply_to)
        if replied:
            return replied.conversation
        return question.room_id if answer.situation.answers_all else question.event_id
