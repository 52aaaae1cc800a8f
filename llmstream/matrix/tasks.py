"""How tasks and plans look: the one place that decides it.

A list with marks, since lists are all that some clients have (Element X drops tables and details):
folded once everything in it is done and it is long, and always small enough to leave room for the
answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from html import escape

from ..document import Task
from ..markdown.html import to_html
from .events import Rendered

MARKS = {"pending": "⬜", "in_progress": "⏳", "complete": "✅", "error": "❌"}

_FOLD_FROM = 600  # characters of HTML
_LARGEST = 12_000  # characters of body and HTML together
_LAST_TASKS = 40


def render(plan: str, tasks: Sequence[Task]) -> Rendered:
    """A plan's title and its tasks.

    Both may be missing; what is too large loses outputs, details, then age.
    """
    for shorten in _SHORTER:
        rendered = _render(plan, *shorten(tasks))
        if len(rendered.body) + len(rendered.html) <= _LARGEST:
            break
    return rendered


def _render(plan: str, tasks: Sequence[Task], left_out: int) -> Rendered:
    title_body = f"**{plan}**\n\n" if plan else ""
    title_html = f"<p><strong>{_inline(plan)}</strong></p>" if plan else ""
    if not tasks:
        return Rendered(title_body.rstrip("\n"), title_html)
    items = [_item(task) for task in tasks]
    if left_out:
        items.insert(0, Rendered(f"- … {left_out} before", f"<li>… {left_out} before</li>"))
    body = "\n".join(item.body for item in items)
    html = "<ul>" + "".join(item.html for item in items) + "</ul>"
    if len(html) > _FOLD_FROM and all(task.done for task in tasks):
        summary = _inline(plan) if plan else _counted(tasks, left_out)
        return Rendered(
            title_body + body, f"<details><summary>{summary}</summary>{html}</details>"
        )
    return Rendered(title_body + body, title_html + html)


def _counted(tasks: Sequence[Task], left_out: int) -> str:
    failed = sum(task.status == "error" for task in tasks)
    count = len(tasks) + left_out
    steps = "1 step" if count == 1 else f"{count} steps"
    return (
        f"{MARKS['error']} {steps}, {failed} failed" if failed else f"{MARKS['complete']} {steps}"
    )


@lru_cache(maxsize=512)
def _item(task: Task) -> Rendered:
    mark = MARKS[task.status]
    body = f"- {mark} {task.title}"
    html = f"<li>{mark} {_inline(task.title)}"
    if task.details:
        body += f"\n  {_indented(task.details)}"
        html += _block(task.details)
    if task.output:
        body += f"\n  → {_indented(task.output)}"
        html += _block(f"→ {task.output}")
    return Rendered(body, html + "</li>")


def _inline(markdown: str) -> str:
    html = to_html(markdown.replace("\n", " ")).strip()
    inner = html.removeprefix("<p>").removesuffix("</p>")
    return escape(markdown, quote=False) if "<p>" in inner or html == inner else inner


def _block(markdown: str) -> str:
    html = to_html(markdown).strip()
    inner = html.removeprefix("<p>").removesuffix("</p>")
    return html if "<p>" in inner or html == inner else f"<br>{inner}"


def _indented(markdown: str) -> str:
    return markdown.strip().replace("\n", "\n  ")


_Shorter = Callable[[Sequence[Task]], tuple[Sequence[Task], int]]

_SHORTER: tuple[_Shorter, ...] = (
    lambda tasks: (tasks, 0),
    lambda tasks: ([replace(task, output="") if task.done else task for task in tasks], 0),
    lambda tasks: ([replace(task, output="", details="") for task in tasks], 0),
    lambda tasks: (
        [
            replace(task, title=task.title[:80], output="", details="")
            for task in tasks[-_LAST_TASKS:]
        ],
        max(0, len(tasks) - _LAST_TASKS),
    ),
)
