"""What one message shows: a piece of a Document becomes body and HTML.

Knows how things look, not when they are sent (`live.py`) nor how much fits (`layout.py`). A `View`
belongs to one message and remembers what it has rendered, so that painting a growing text again
costs only what is new.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html import escape
from typing import Literal, TypeAlias

from ...document import Task
from ...markdown.html import StreamRenderer
from ...markdown.plain import clean
from ...markdown.render import Tables
from ...markdown.split import BlockEnds
from . import lines
from . import tasks as task_list
from .events import Rendered, Stretch
from .room_bounds import Bounds
from .span import Own

FOLDED = "<details><summary>"  # how a message with thoughts begins
LISTS = 2 * task_list.LARGEST
"""Bytes of all lists of tasks in one message, as `tasks.LARGEST` counts them."""

_LIST_AT_LEAST = 400  # of each, where there are so many of them that they must share
# Characters of HTML, and marks in the text: thoughts that make more of it are shown as they are.
_THOUGHTS, _THOUGHT_MARKS = 30_000, 1_000
GroupTasks: TypeAlias = Literal["timeline", "plan"]


@dataclass(frozen=True, slots=True)
class Piece:
    """What one message has to show now.

    Args:
        text: Its part of the answer's Markdown.
        own: Which of that stands in the answer, and where.
        plan: The title above the tasks.
        tasks: Each with where in `text` (characters) it began.
        reasoning: What the model thought, to be folded above the text; '' to leave it out.
        thinking: The line above it, or alone ("Thinking… 12 s"); '' to leave it out.
        note: One line on how the answer ended; '' where it ended well.
        footer: The small line at the end; '' for none.
    """

    text: str = ""
    own: Own = field(default_factory=Own)
    plan: str = ""
    tasks: tuple[tuple[int, Task], ...] = ()
    reasoning: str = ""
    thinking: str = ""
    note: str = ""
    footer: str = ""

    def up_to(self, characters: int) -> Piece:
        """With so much of its text, and of its tasks those that began in that."""
        tasks = tuple(one for one in self.tasks if one[0] <= characters)
        return replace(self, text=self.text[:characters], tasks=tasks)


class View:
    """One message's painter.

    `group_tasks="plan"` puts all tasks on top, else they stand where they began. `lists` are the
    bytes that they may have.
    """

    def __init__(
        self,
        group_tasks: GroupTasks = "timeline",
        tables: Tables = "html",
        lists: int = LISTS,
        bounds: Bounds | None = None,
    ) -> None:
        self._bounds = bounds or Bounds()
        self._room = lists
        self._group_tasks = group_tasks
        self._tables: Tables = tables
        self._ends = BlockEnds()
        self._growing: dict[int, StreamRenderer] = {}
        self._whole: dict[str, str] = {}
        self._lists: dict[tuple[int, int], tuple[tuple[str, tuple[Task, ...]], Rendered]] = {}
        self._reasoning = StreamRenderer()

    def paint(self, piece: Piece, *, final: bool) -> Rendered:
        """The whole message. Healed while it is being written, exact when `final`."""
        blocks = [
            *self._thoughts(piece, final),
            *self._timeline(piece, final),
            *_ending(piece),
        ]
        body, words = _one_under_another(blocks)
        html = "".join(block.html for block in blocks)
        if final and not html:
            # Markdown that shows nothing, such as a link definition alone: better raw than empty.
            html = f"<p>{escape(body, quote=False)}</p>"
        return Rendered(body, *lines.within(html, self._bounds), words)

    def _thoughts(self, piece: Piece, final: bool) -> list[Rendered]:
        if not piece.thinking:
            return []
        line = _line(piece.thinking, 300)
        if not piece.reasoning:
            return [Rendered(line, f"<p>{escape(line, quote=False)}</p>")]
        html = f"<p>{escape(clean(piece.reasoning), quote=False)}</p>"
        if not task_list.is_noise(piece.reasoning, _THOUGHT_MARKS):
            read = self._reasoning.paint(piece.reasoning, final)
            html = read if len(read) <= _THOUGHTS else html
        summary = f"{escape(line, quote=False)}</summary>"
        return [Rendered(line, f"{FOLDED}{summary}{html}</details>")]

    def _timeline(self, piece: Piece, final: bool) -> list[Rendered]:
        """Texts and tasks, each where it stands."""
        groups = self._groups(piece)
        plan = "" if groups else piece.plan
        blocks = [task_list.render(plan, ())] if plan else []
        start = 0
        for (at, _), tasks in zip(groups, self._task_lists(piece.plan, groups), strict=True):
            if at > start:
                blocks.append(_stripped(self._text(piece, start, at, final=final)))
                start = at
            blocks.append(tasks)
        if start < len(piece.text):
            blocks.append(self._text(piece, start, len(piece.text), final=final))
        return blocks

    def _groups(self, piece: Piece) -> list[_Group]:
        """Tasks by where they stand: behind the block of text in which they began."""
        groups: dict[int, list[Task]] = {}
        self._ends.after(piece.text, 0)  # reads what is new: all of it at once would take long
        for at, task in piece.tasks:
            on_top = at == 0 or self._group_tasks == "plan"
            end = 0 if on_top else self._ends.after(piece.text, at)
            groups.setdefault(end, []).append(task)
        return sorted((at, tuple(tasks)) for at, tasks in groups.items())

    def _task_lists(self, plan: str, groups: list[_Group]) -> list[Rendered]:
        """The lists, the plan above the first; smaller ones where they are too much together."""
        share = max(_LIST_AT_LEAST, self._room // max(1, len(groups)))
        many = sum(task_list.characters(tasks) for _, tasks in groups) > self._room / 2
        if share > _LIST_AT_LEAST and not many:
            lists = self._lists_of(plan, groups, min(task_list.LARGEST, self._room))
            if sum(map(task_list.size, lists)) <= self._room:
                return lists
        return self._lists_of(plan, groups, share)

    def _lists_of(self, plan: str, groups: list[_Group], largest: int) -> list[Rendered]:
        lists = []
        for number, (_, tasks) in enumerate(groups):
            shows = ("" if number else plan), tasks
            known, rendered = self._lists.get((number, largest), (None, None))
            if known != shows or rendered is None:
                rendered = task_list.render(*shows, largest)
                self._lists[number, largest] = shows, rendered
            lists.append(rendered)
        return lists

    def _text(self, piece: Piece, start: int, end: int, *, final: bool) -> Rendered:
        text, own = piece.text, piece.own
        first = min(max(start, own.opening), end)
        last = max(first, min(end, len(text) - own.closing))
        stretch = first - start, last - start, own.at + first - own.opening
        html = self._html(text[start:end], start, grows=end == len(text), final=final)
        return Rendered(text[start:end], html, words=(stretch,))

    def _html(self, text: str, start: int, *, grows: bool, final: bool) -> str:
        if not grows:
            # It ends with a block: nothing will come to it.
            if text not in self._whole:
                renderer = self._growing.pop(start, None) or StreamRenderer(self._tables)
                self._whole[text] = renderer.paint(text, final=True)
            return self._whole[text]
        if start not in self._growing:
            self._growing[start] = StreamRenderer(self._tables)
        return self._growing[start].paint(text, final)


_Group: TypeAlias = tuple[int, tuple[Task, ...]]


def _stripped(block: Rendered) -> Rendered:
    """Without the empty lines around it."""
    body = block.body.strip("\n")
    skipped, [(start, end, at)] = block.body.find(body), block.words
    first = max(start, skipped)
    stretch = first - skipped, min(end - skipped, len(body)), at + first - start
    return Rendered(body, block.html, words=(stretch,))


def _one_under_another(blocks: list[Rendered]) -> tuple[str, tuple[Stretch, ...]]:
    """Their bodies in one, and which stretches of that are the answer's own text."""
    body, words = "", list[Stretch]()
    for block in blocks:
        if (own := clean(block.body)).strip():
            body += "\n\n" if body else ""
            begin, lost = len(body), len(block.body) - len(own)
            words += [(begin + start, begin + end - lost, at) for start, end, at in block.words]
            body += own
    return body, tuple(words)


def _ending(piece: Piece) -> list[Rendered]:
    blocks = []
    if note := _line(piece.note, 500):
        blocks.append(Rendered(note, f"<p>{escape(note, quote=False)}</p>"))
    if footer := _line(piece.footer, 200):
        blocks.append(Rendered(footer, f"<p><sub>{escape(footer, quote=False)}</sub></p>"))
    return blocks


def _line(text: str, most: int) -> str:
    """One line of so many characters, whatever it holds: names of models and words of servers may
    be anything.
    """
    line = " ".join(clean(text[: most * 4]).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
