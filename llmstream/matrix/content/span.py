"""One message of an answer: the part of the document it shows, and the content it sends.

An answer has one message, or several where an event is too small for it; `live.py` says where each
begins and ends. How things look is `view.py`, how events are made `events.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...document import Document, Task
from ..sending.scheduler import Lane
from . import events
from .events import Content, Manner, Relation, Rendered
from .style import About, Signature, Style
from .thinking import Thinking
from .view import Piece, View


@dataclass
class Answer:
    """What all messages of one answer share. `signature` is None until it has ended."""

    document: Document
    style: Style
    about: About
    relation: Relation
    mention: str
    encrypted: bool
    thinking: Thinking
    signature: Signature | None = None


class Message:
    """The text from `start` to `end` (None while this is the message that grows), and the thoughts
    likewise.

    `opening` and `closing` are the markers that a cut needs (a fence closed here is opened again
    there); `last` is the message that the answer ends with; `delivered` holds the tasks that its
    final showed.
    """

    def __init__(
        self, answer: Answer, *, start: int = 0, opening: str = "", thought_from: int = 0
    ) -> None:
        self.number = 0
        self.last = False
        self.start, self.opening, self.thought_from = start, opening, thought_from
        self.end: int | None = None
        self.thought_to: int | None = None
        self.closing = ""
        self.lane: Lane | None = None
        self.delivered: tuple[Task, ...] | None = None
        self._answer = answer
        self._view = View(answer.style.group_tasks, answer.style.tables)
        self._painted: Rendered | None = None
        self._painted_at: tuple[str | None, int] = (None, -1)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that stand in this message."""
        tasks = self._answer.document.tasks
        if self._answer.style.group_tasks == "plan":
            return tasks if self.number == 0 else ()
        first, end = self.number == 0, self.end
        return tuple(
            task
            for task in tasks
            if (first or task.at > self.start) and (end is None or task.at <= end)
        )

    def text(self, until: int | None = None) -> str:
        """What this message shows of the text; up to `until` where it still grows."""
        end = until if self.end is None else self.end
        return self.opening + self._answer.document.text[self.start : end] + self.closing

    def paint(self, final: bool, until: int | None = None) -> Content | None:
        """The content to send now; None where the server has it already, or where there is nothing
        to show.
        """
        rendered = self._view.paint(self._piece(final, until), final=final)
        if final:
            return self._final(rendered)
        # What was painted last may have been refused; only what was taken need not be sent again.
        taken = self._taken()
        if not rendered.html or (rendered == self._painted and taken != self._painted_at):
            return None
        self._painted, self._painted_at = rendered, taken
        return self._content(
            rendered, Manner(self._msgtype(), live=True, mention=self._first_mention())
        )

    def size(self, until: int) -> int:
        """Bytes of the final edit, if the text ended at `until`."""
        rendered = self._view.paint(self._piece(False, until), final=True)
        content = events.edit("$" * 44, rendered, Manner(live=True))
        return events.size(content, encrypted=self._answer.encrypted)

    def _taken(self) -> tuple[str | None, int]:
        return (self.lane.event_id, self.lane.edits) if self.lane else (None, 0)

    def _piece(self, final: bool, until: int | None) -> Piece:
        answer = self._answer
        reasoning = ""
        if answer.style.reasoning == "collapsed":
            reasoning = answer.document.reasoning[self.thought_from : self.thought_to]
        heads = self.number == 0 or reasoning
        signature = answer.signature if final and self.last else None
        return Piece(
            text=self.text(until),
            plan=answer.document.plan if self.number == 0 else "",
            tasks=tuple(
                (max(0, task.at - self.start) + len(self.opening), task) for task in self.tasks
            ),
            reasoning=reasoning,
            thinking=answer.thinking.line(final=final)
            if heads and self._needs_line(reasoning)
            else "",
            note=signature.ending.note if signature else "",
            footer=signature.footer() if signature else "",
        )

    def _needs_line(self, reasoning: str) -> bool:
        """Thoughts need a line above them; without words, plan or tasks it stands alone."""
        document = self._answer.document
        return bool(reasoning) or not (document.length or document.plan or self.tasks)

    def _final(self, rendered: Rendered) -> Content:
        answer = self._answer
        signature = answer.signature if self.last else None
        marks = {**_origin(answer.about), "part": self.number + 1}
        if signature:
            marks = {**signature.content(), "part": self.number + 1, "parts": self.number + 1}
        mention = answer.mention if signature and answer.style.notify == "done" else ""
        manner = Manner(
            self._final_msgtype(), mention=mention or self._first_mention(), answer=marks
        )
        whole = self._content(rendered, manner, whole=True)
        if events.size(whole, encrypted=answer.encrypted) <= events.limit(
            encrypted=answer.encrypted
        ):
            return whole
        return self._content(rendered, manner)

    def _content(self, rendered: Rendered, manner: Manner, *, whole: bool = False) -> Content:
        if event_id := self.lane and self.lane.event_id:
            return events.edit(event_id, rendered, manner, whole=whole)
        return events.message(rendered, manner, self._answer.relation)

    def _msgtype(self) -> str:
        return (
            "m.text" if self._answer.style.notify == "first" and self.number == 0 else "m.notice"
        )

    def _final_msgtype(self) -> str:
        """What is first and final at once must not ring where the phone should be silent."""
        notify, sent = self._answer.style.notify, bool(self.lane and self.lane.event_id)
        rings = self.last if notify == "done" else notify == "first" and self.number == 0
        return "m.text" if sent or rings else "m.notice"

    def _first_mention(self) -> str:
        first = self.number == 0 and not (self.lane and self.lane.event_id)
        return self._answer.mention if first and self._answer.style.notify == "first" else ""


def _origin(about: About) -> dict[str, str]:
    return {"status": "complete", "provider": about.provider, "model": about.model}
