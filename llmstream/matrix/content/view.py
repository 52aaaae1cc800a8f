"""What one message shows: a piece of a Document becomes body and HTML.

Knows how things look, not when they are sent (`live.py`) nor how much fits (`layout.py`). A `View`
belongs to one message and remembers what it has rendered, so that painting a growing text again
costs only what is new.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Literal, TypeAlias

from ...document import Task
from ...markdown.html import StreamRenderer
from ...markdown.plain import clean
from ...markdown.render import Tables
from . import tasks as task_list
from .events import Rendered

GroupTasks: TypeAlias = Literal["timeline", "plan"]


@dataclass(frozen=True, slots=True)
class Piece:
    """What one message has to show now.

    Args:
        text: Its part of the answer's Markdown.
        plan: The title above the tasks.
        tasks: Each with where in `text` (characters) it began.
        reasoning: What the model thought, to be folded above the text; '' to leave it out.
        thinking: The line above it, or alone ("Thinking… 12 s"); '' to leave it out.
        note: One line on how the answer ended; '' where it ended well.
        footer: The small line at the end; '' for none.
    """

    text: str = ""
    plan: str = ""
    tasks: tuple[tuple[int, Task], ...] = ()
    reasoning: str = ""
    thinking: str = ""
    note: str = ""
    footer: str = ""


@dataclass
class View:
    """One message's painter.

    `group_tasks="plan"` puts all tasks on top, else they stand where they began.
    """

    group_tasks: GroupTasks = "timeline"
    tables: Tables = "html"
    _texts: dict[int, StreamRenderer] = field(default_factory=dict)
    _reasoning: StreamRenderer = field(default_factory=StreamRenderer)

    def paint(self, piece: Piece, *, final: bool) -> Rendered:
        """The whole message. Healed while it is being written, exact when `final`."""
        blocks = [
            *self._thoughts(piece, final),
            *self._timeline(piece, final),
            *_ending(piece),
        ]
        body = clean("\n\n".join(block.body for block in blocks if block.body.strip()))
        html = "".join(block.html for block in blocks)
        if final and not html:
            # Markdown that shows nothing, such as a link definition alone: better raw than empty.
            html = f"<p>{escape(body, quote=False)}</p>"
        return Rendered(body, html)

    def _thoughts(self, piece: Piece, final: bool) -> list[Rendered]:
        if not piece.thinking:
            return []
        line = escape(piece.thinking, quote=False)
        if not piece.reasoning:
            return [Rendered(piece.thinking, f"<p>{line}</p>")]
        html = self._reasoning.paint(piece.reasoning, final)
        return [
            Rendered(piece.thinking, f"<details><summary>{line}</summary>{html}</details>"),
        ]

    def _timeline(self, piece: Piece, final: bool) -> list[Rendered]:
        """Texts and tasks, each where it stands."""
        blocks: list[Rendered] = []
        plan, start = piece.plan, 0
        for at, tasks in self._groups(piece):
            if at > start:
                text = self._text(piece.text[:at], start, final=True)
                blocks.append(Rendered(text.body.strip("\n"), text.html))
                start = at
            blocks.append(task_list.render(plan, tasks))
            plan = ""
        if plan:
            blocks.insert(0, task_list.render(plan, ()))
        if start < len(piece.text):
            blocks.append(self._text(piece.text, start, final=final))
        return blocks

    def _groups(self, piece: Piece) -> list[tuple[int, list[Task]]]:
        """Tasks by where they stand: after the paragraph in which they began."""
        groups: dict[int, list[Task]] = {}
        for at, task in piece.tasks:
            end = 0 if self.group_tasks == "plan" else _paragraph_end(piece.text, at)
            groups.setdefault(end, []).append(task)
        return sorted(groups.items())

    def _text(self, text: str, start: int, *, final: bool) -> Rendered:
        renderer = self._texts.get(start)
        if renderer is None:
            renderer = self._texts[start] = StreamRenderer(tables=self.tables)
        own = text[start:]
        return Rendered(own, renderer.paint(own, final))


def _ending(piece: Piece) -> list[Rendered]:
    blocks = []
    if piece.note:
        blocks.append(Rendered(piece.note, f"<p>{escape(piece.note, quote=False)}</p>"))
    if piece.footer:
        blocks.append(
            Rendered(piece.footer, f"<p><sub>{escape(piece.footer, quote=False)}</sub></p>")
        )
    return blocks


def _paragraph_end(text: str, at: int) -> int:
    """The end of the paragraph or code block that `at` stands in; the text's own where it is still
    open.
    """
    if at == 0:
        return 0
    end = text.find("\n\n", max(0, at - 2))
    while end != -1 and _in_fence(text[:end]):
        end = text.find("\n\n", end + 1)
    return len(text) if end == -1 else end + 2


def _in_fence(text: str) -> bool:
    fences = sum(line.lstrip().startswith(("```", "~~~")) for line in text.split("\n"))
    return fences % 2 == 1
