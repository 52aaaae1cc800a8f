"""Chunks add up to a Document: the text of an answer, its reasoning, tasks, plan, usage.

A Document knows what an answer *is*; what the room sees of it is `matrix/content/view.py`, and
when it sees it `matrix/live.py`. One stream writes it, nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from .chunks import (
    Chunk,
    Finish,
    PlanUpdate,
    Reasoning,
    StepEnd,
    TaskStatus,
    TaskUpdate,
    Text,
    Usage,
    Waiting,
    WasReasoning,
    begins,
)


@dataclass(frozen=True, slots=True)
class Task:
    """Something done for the answer.

    `question` waits for a person's answer. `at` is how much text (characters) there was when it
    began.
    """

    id: str
    title: str
    status: TaskStatus
    details: str
    output: str
    at: int
    question: str = ""

    @property
    def done(self) -> bool:
        """No more is to come of it."""
        return self.status in ("complete", "error")


class Document:
    """One answer, as far as it has come.

    Attributes:
        plan: The title above the tasks; '' where there is none.
        usage: Tokens of all steps together.
        finish_reason: Why the model stopped; '' while it has not said.
        waiting: Why nothing has come yet; '' once something has.
        length: Characters of the text.
        begun: Words have come, or a tool was called.
    """

    def __init__(self) -> None:
        self.plan = ""
        self.usage = Usage()
        self.finish_reason = ""
        self.waiting = ""
        self.length = 0
        self.begun = False
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._tasks: dict[str, Task] = {}
        self._tasks_now: tuple[Task, ...] | None = ()
        self._step_ended = False
        self._step_from = 0

    @property
    def text(self) -> str:
        """The answer's Markdown, exactly as it came; steps are a paragraph apart."""
        return _joined(self._text)

    @property
    def reasoning(self) -> str:
        """What the model thought, as it came."""
        return _joined(self._reasoning)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All tasks, in the order in which they began; the same tuple until one changes."""
        if self._tasks_now is None:
            self._tasks_now = tuple(self._tasks.values())
        return self._tasks_now

    def add(self, chunk: Chunk) -> None:
        """Take in the next chunk. Constant time: it is called for every token.

        A `ToolCall` adds nothing: the room sees the task that the loop of steps makes of it.
        """
        self.begun = self.begun or begins(chunk)
        match chunk:
            case Text(text):
                self._write(text)
            case Reasoning(text):
                self._reasoning.append(text)
            case WasReasoning():
                self._take_back()
            case TaskUpdate():
                self._update(chunk)
            case PlanUpdate(title):
                self.plan = title
            case StepEnd():
                self._step_ended, self._step_from = True, self.length
            case Usage():
                self.usage += chunk
            case Waiting(text):
                self.waiting = text
            case Finish(reason):
                self.finish_reason = reason

    def saved(self) -> dict[str, Any]:
        """All of it as JSON, for `restored`: what is to be finished after a crash."""
        return {
            "plan": self.plan,
            "text": self.text,
            "reasoning": self.reasoning,
            "tasks": [asdict(task) for task in self.tasks],
            "usage": _saved(self.usage),
            "finish_reason": self.finish_reason,
        }

    @classmethod
    def restored(cls, saved: Mapping[str, Any]) -> Document:
        """The document that was saved so."""
        document = cls()
        document.add(PlanUpdate(saved["plan"]))
        document.add(Reasoning(saved["reasoning"]))
        document.add(Text(saved["text"]))
        charged = saved["usage"].get("charged")
        usage = {**saved["usage"], "charged": None if charged is None else Decimal(charged)}
        document.add(Usage(**usage))
        document.add(Finish(saved["finish_reason"]))
        document._tasks = {task["id"]: Task(**task) for task in saved["tasks"]}
        document._tasks_now = None
        document._step_from = document.length  # whoever goes on takes back only what it has said
        document.begun = document.begun or bool(document._tasks)
        return document

    def end_tasks(self, status: TaskStatus) -> None:
        """Nothing more comes: what runs ends with this status, what is pending stays pending.

        Nobody is asked any more.
        """
        self._tasks_now = None
        for task in self._tasks.values():
            ended = status if task.status == "in_progress" else task.status
            self._tasks[task.id] = replace(task, status=ended, question="")

    def put_tasks_behind(self) -> None:
        """Nothing more comes of the tasks so far, nor is anybody asked: what comes now is none of
        them, though it may have the id of one, and words begin a paragraph behind the last.
        """
        self._step_ended = any(task.at == self.length for task in self.tasks)
        ended = (task if task.done else replace(task, status="error") for task in self.tasks)
        tasks = [replace(task, id=f"before.{at}", question="") for at, task in enumerate(ended)]
        self._tasks = {task.id: task for task in tasks}
        self._tasks_now = None

    def clear_tasks(self) -> None:
        """Forget the tasks so far."""
        self._tasks_now = None
        self._tasks.clear()

    def _write(self, text: str) -> None:
        if self._step_ended and self.length:
            text = text.lstrip("\n")
            if not text:
                return
            text = self._paragraph_break() + text
        if text:
            self._step_ended = False
            self.waiting = ""
            self._text.append(text)
            self.length += len(text)

    def _take_back(self) -> None:
        """The text of this step was reasoning."""
        text = self.text
        self._text, self.length = [text[: self._step_from]], self._step_from
        self._reasoning.append(text[self._step_from :].lstrip("\n"))
        self._step_ended = bool(self.length)
        self._tasks_now = None
        for task in self._tasks.values():
            self._tasks[task.id] = replace(task, at=min(task.at, self.length))

    def _paragraph_break(self) -> str:
        tail = self.text[-2:]
        return "\n" * (2 - (len(tail) - len(tail.rstrip("\n"))))

    def _update(self, update: TaskUpdate) -> None:
        self._tasks_now = None
        known = self._tasks.get(update.id)
        self._tasks[update.id] = Task(
            id=update.id,
            title=update.title or (known.title if known else ""),
            status=update.status,
            details=_newer(update.details, known.details if known else ""),
            output=_newer(update.output, known.output if known else ""),
            at=known.at if known else self.length,
            question=update.question,
        )


def _saved(usage: Usage) -> dict[str, Any]:
    charged = None if usage.charged is None else str(usage.charged)
    return {**asdict(usage), "charged": charged}


def _newer(new: str | None, old: str) -> str:
    return old if new is None else new


def _joined(pieces: list[str]) -> str:
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]
    return pieces[0] if pieces else ""
