"""How tasks and plans look: the one place that decides it.

A list with marks, since lists are all that some clients have (Element X drops tables and the tags
of details, not their text): folded once everything in it is done and it is long, and always small
enough to leave room for the answer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape

from ...document import Task
from ...markdown.heal import heal
from ...markdown.html import to_html
from .events import Rendered

MARKS = {"pending": "⬜", "in_progress": "⏳", "complete": "✅", "error": "❌"}

LARGEST = 14_000
"""Bytes of body and HTML together, as JSON that escapes what is not ASCII (encrypted rooms)."""

_FOLD_FROM = 600  # characters of HTML
_TITLE, _FEW = 200, 30  # characters
_TITLE_MARKS, _BLOCK_MARKS = 40, 200


def render(plan: str, tasks: Sequence[Task], largest: int = LARGEST) -> Rendered:
    """A plan's title and its tasks, in no more than `largest` bytes.

    Both may be missing; what is too large loses outputs, details, then age. Questions stay whole,
    and are not counted.
    """
    plan, asked = _one_line(plan, _TITLE), [task for task in tasks if task.question]
    largest += sum(size(_question(task.question)) for task in asked)
    for length in _LENGTHS:
        if length.characters(tasks) * 2 <= largest:
            shown = _Shown([length.of(task) for task in length.chosen(tasks)], tasks)
            rendered = _render(plan, shown)
            if size(rendered) <= largest:
                return rendered
    return _render(_one_line(plan, _FEW), _Shown([*map(_LENGTHS[-1].of, asked)], tasks))


def characters(tasks: Sequence[Task]) -> int:
    """How many of the tasks are shown where there is enough room."""
    return _LENGTHS[0].characters(tasks)


def size(rendered: Rendered) -> int:
    """Bytes of body and HTML, counted as `LARGEST` is."""
    return len(json.dumps(rendered.body + rendered.html))


def is_noise(markdown: str, most: int) -> bool:
    """Whether it has more marks than anybody means as Markdown: reading them would take long."""
    return sum(map(markdown.count, "[<$`|!\\")) > most


@dataclass(frozen=True, slots=True)
class _Length:
    """How many tasks are shown, and how many characters of each."""

    last: int
    title: int
    details: int
    output: int

    def chosen(self, tasks: Sequence[Task]) -> list[Task]:
        first = len(tasks) - self.last
        return [task for at, task in enumerate(tasks) if at >= first or task.question]

    def of(self, task: Task) -> Task:
        return replace(
            task,
            title=_one_line(task.title, self.title),
            details=_cut(task.details[: self.details * 2].strip(), self.details),
            output=_cut(task.output[: self.output * 2].strip(), self.output),
        )

    def characters(self, tasks: Sequence[Task]) -> int:
        """How many it shows, counted and not read."""
        return sum(
            min(len(task.title), self.title)
            + min(len(task.details), self.details)
            + min(len(task.output), self.output)
            for task in tasks[-self.last :]
        )


_LENGTHS = (
    _Length(100, _TITLE, 1_000, 1_000),
    _Length(100, _TITLE, 300, 300),
    _Length(100, _TITLE, 300, 0),
    _Length(100, _TITLE, 0, 0),
    _Length(40, 80, 0, 0),
    _Length(8, _FEW, 0, 0),
    _Length(2, _FEW // 2, 0, 0),
)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The tasks that are shown, shortened, and all that there are."""

    tasks: Sequence[Task]
    all: Sequence[Task]

    @property
    def left_out(self) -> int:
        return len(self.all) - len(self.tasks)

    @property
    def over(self) -> bool:
        return all(task.done for task in self.all)


def _render(plan: str, shown: _Shown) -> Rendered:
    title = Rendered("", "")
    if plan:
        title = Rendered(f"**{plan}**", f"<p><strong>{_inline(plan)}</strong></p>")
    if not shown.all:
        return title
    items = [_item(task) for task in shown.tasks]
    if shown.left_out:
        before = f"… {shown.left_out} {'before' if shown.tasks else 'steps'}"
        items.insert(0, Rendered(f"- {before}", f"<li>{before}</li>"))
    html = f"<ul>{''.join(item.html for item in items)}</ul>"
    if len(html) > _FOLD_FROM and shown.over:
        return _folded(plan or _counted(shown.all), shown, html)
    body = "\n".join(item.body for item in items)
    if not plan:
        return Rendered(body, html)
    return Rendered(f"{title.body}\n\n{body}", title.html + html)


def _folded(summary: str, shown: _Shown, html: str) -> Rendered:
    """In plain text, where nothing can be opened, the titles remain."""
    titles = "\n".join(f"- {MARKS[task.status]} {task.title}" for task in shown.tasks)
    return Rendered(
        f"**{summary}**\n\n{titles}",
        f"<details><summary>{_inline(summary)}</summary>{html}</details>",
    )


def _counted(tasks: Sequence[Task]) -> str:
    failed = sum(task.status == "error" for task in tasks)
    steps = "1 step" if len(tasks) == 1 else f"{len(tasks)} steps"
    if failed:
        return f"{MARKS['error']} {steps}, {failed} failed"
    return f"{MARKS['complete']} {steps}"


def _item(task: Task) -> Rendered:
    mark = MARKS[task.status]
    body = f"- {mark} {task.title}"
    html = f"<li>{mark} {_inline(task.title)}"
    if task.details:
        body += f"\n  {_indented(task.details)}"
        html += _block(task.details)
    if task.question:
        question = _question(task.question)
        body += question.body
        html += question.html
    if task.output:
        body += f"\n  → {_indented(task.output)}"
        html += _block(f"→ {task.output}")
    return Rendered(body, html + "</li>")


def _one_line(markdown: str, limit: int) -> str:
    return _cut(" ".join(markdown[: limit * 2].split()), limit)


def _cut(markdown: str, limit: int) -> str:
    """As much as is shown, with what is open in it closed."""
    if len(markdown) <= limit or not limit:
        return markdown[:limit]
    return _closed(f"{markdown[:limit].rstrip()}…")


_closed = lru_cache(maxsize=512)(heal)


@lru_cache(maxsize=64)
def _question(markdown: str) -> Rendered:
    return Rendered(f"\n  {_indented(markdown)}", to_html(markdown))


@lru_cache(maxsize=4096)
def _inline(markdown: str) -> str:
    plain = escape(markdown, quote=False)
    return plain if is_noise(markdown, _TITLE_MARKS) else _paragraph(to_html(markdown)) or plain


@lru_cache(maxsize=1024)
def _block(markdown: str) -> str:
    if is_noise(markdown, _BLOCK_MARKS):
        return f"<br>{escape(markdown, quote=False)}"
    html = to_html(markdown)
    inner = _paragraph(html)
    return html if inner is None else f"<br>{inner}"


def _paragraph(html: str) -> str | None:
    """What stands in this one paragraph; None where there is more."""
    html = html.strip()
    inner = html.removeprefix("<p>").removesuffix("</p>")
    return inner if len(html) - len(inner) == len("<p></p>") and "<p>" not in inner else None


def _indented(markdown: str) -> str:
    return markdown.replace("\n", "\n  ")
