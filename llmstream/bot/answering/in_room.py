"""What a room has of an answer that was left: its messages, whether they are its end, its words.

It looks, and changes nothing. What is to be done then is settling.py's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

from ...document import Document
from ...matrix.content.view import FOLDED
from ...matrix.reading.raw import Raw, at, text
from ...matrix.reading.said import Said, is_redacted
from ...matrix.reading.transcript import without_footer
from ..instance import Instance
from ..room.timeline import Timeline
from ..store import Answer, Unfinished
from .running import PAUSED

_LINES = 100  # empty ones beside a list of tasks, which are not shown


@dataclass(frozen=True, slots=True)
class InRoom:
    """An answer that was left, in the messages that the room has of it.

    Args:
        shown: What these say, as far as that can be read, in order.
        is_cut: Somebody has removed one of them: we remove some ourselves.
    """

    left: Unfinished
    shown: tuple[Said, ...]
    is_cut: bool = False

    @property
    def has_its_end(self) -> bool:
        """Whether the room shows the end of this very answer."""
        return self._end is not None

    @property
    def surplus(self) -> list[str]:
        """Messages of the longer answer that it has replaced, which are still there."""
        return [one.event_id for one in self.shown if not (one.live or _is_final(one, self.left))]

    @property
    def has_an_end(self) -> bool:
        """Whether the room shows a finished answer: this one, or the one that it was to replace.

        The final of an earlier version does not say which answer it is.
        """
        if self._end:
            return True
        is_begun = any(one.live or _is_final(one, self.left) for one in self.shown)
        return "parts" in self._last_mark and self.left.state != "concluded" and not is_begun

    def as_ended(self) -> Answer:
        """What was kept of it, or what the room has where that is more."""
        answer, document = self.left.answer, self.left.document
        mark = (self._end and self._end.answer) or self._last_mark
        if ids := tuple(one.event_id for one in self._finals):
            answer = replace(answer, event_id=ids[0], event_ids=ids)
        if self.left.state != "concluded" and len(words := self._all_words()) > len(answer.text):
            answer = replace(answer, text=words)
        return replace(
            answer,
            status=str(mark.get("status", answer.status)),
            finish_reason=document.finish_reason,
            input_tokens=document.usage.input,
            output_tokens=document.usage.output,
            reasoning_tokens=document.usage.reasoning,
            cost=document.usage.cost(),
            seconds=self.left.seconds or None,
        )

    def with_all_that_is_shown(self) -> Unfinished:
        """The answer, with what the room has been shown since it was saved last."""
        left, document = self.left, self.left.document
        own = [one for one in self.shown if one.live or _is_final(one, left)]
        words = _with(document.text, chain.from_iterable(one.words or () for one in own))
        return replace(left, document=Document.restored({**document.saved(), "text": words}))

    @property
    def is_open(self) -> bool:
        """Whether its last message says that more comes."""
        return bool(self.shown) and (self.shown[-1].live or _is_paused(self.shown[-1]))

    def in_its_last(self) -> Unfinished:
        """What its last message is to say, and that alone: none of what the others said."""
        last, document = self.shown[-1], self.left.document
        words = last.words or ()
        if last.words is None and document.begun:
            words = ((0, without_footer(last)),)
        begins = words[0][0] if words else 0
        known = document.text[begins:] if self.is_open and last.words else ""
        text = _with(known, [(place - begins, stretch) for place, stretch in words])
        thoughts = document.reasoning if last.html.startswith(FOLDED) else ""
        said = {"text": text, "reasoning": thoughts, "tasks": [], "plan": ""}
        answer = replace(self.left.answer, text=text)
        left = replace(
            self.left, answer=answer, document=Document.restored({**document.saved(), **said})
        )
        return left.in_messages((last.event_id,))

    @property
    def _finals(self) -> list[Said]:
        return [one for one in self.shown if _is_final(one, self.left)]

    @property
    def _end(self) -> Said | None:
        """The final of its last message, unless that says that it goes on."""
        ends = (one for one in self._finals if "parts" in (one.answer or {}))
        return next((one for one in ends if not _is_paused(one)), None)

    @property
    def _last_mark(self) -> Raw:
        return (self.shown[-1].answer if self.shown else None) or {}

    def _all_words(self) -> str:
        finals = self._finals
        if finals and None not in [one.words for one in finals]:
            return _with("", chain.from_iterable(one.words or () for one in finals))
        return without_footer(self.shown[-1]) if self.shown else ""


async def look(instance: Instance, left: Unfinished) -> InRoom:
    """The answer, in the messages that the room has of it.

    Raises:
        MatrixError: The homeserver does not answer.
    """
    timeline, event_ids = Timeline(instance.client, left.answer.room_id), left.answer.event_ids
    raws = [await timeline.raw(one) for one in event_ids]
    shown = [said for raw in raws if (said := await timeline.as_said(raw))]
    by = {text(at(raw, "unsigned", "redacted_because"), "sender") for raw in raws}
    gone = {one for one, raw in zip(event_ids, raws, strict=True) if is_redacted(raw)}
    # Nobody sees what is written into these. The first tells which answer it was to replace.
    event_ids = tuple(one for one in event_ids if one == event_ids[0] or one not in gone)
    left = left.in_messages(event_ids)
    found = InRoom(left, tuple(shown), is_cut=bool(by - {"", instance.client.mxid}))
    if event_ids and (found.has_its_end or not _is_continued(found)):
        return found
    replies = await timeline.replies(left.answer.question_id, by=str(instance.client.mxid))
    for event_id, said in replies:
        is_of_it = said and (said.live or _is_final(said, left))
        if said and is_of_it and event_id not in event_ids:
            event_ids = (*event_ids, event_id)
            shown.append(said)
    return replace(found, left=left.in_messages(event_ids), shown=tuple(shown))


def _is_continued(found: InRoom) -> bool:
    """Whether the last message that was kept is full: there is another."""
    last = found.shown[-1] if found.shown else None
    return bool(last and _is_final(last, found.left))


def _is_paused(final: Said) -> bool:
    """Whether it was to go on from there. What was kept of it does not tell: it may have gone on,
    and shown nothing yet.
    """
    mark = final.answer or {}
    return mark.get("status") == PAUSED.status and PAUSED.note in final.text


def _is_final(said: Said, left: Unfinished) -> bool:
    """Whether this is the final of one of the answer's messages."""
    return (said.answer or {}).get("id") == left.id


def _with(whole: str, shown: Iterable[tuple[int, str]]) -> str:
    """A text, and what is shown beyond that, each stretch with its place in the text; up to where
    they differ or something is missing.
    """
    for place, words in shown:
        known = whole[place:]
        is_gap = place - len(whole) > _LINES
        if is_gap or not (known.startswith(words) or words.startswith(known)):
            break
        if len(words) > len(known):
            whole = whole[:place].ljust(place, "\n") + words
    return whole
