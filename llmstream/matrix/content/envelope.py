"""What stands around the words of a message: as what it is sent, whom it calls, what it tells
machines.

Pure. The words come as `Rendered`, and when they are sent is `live.py`'s.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import events
from .events import Content, Manner, Relation, Rendered
from .style import About, Notify, Signature


@dataclass(frozen=True, slots=True)
class Envelope:
    """Of all messages of one answer.

    Args:
        relation: Where the first event of each message stands.
        mention: Whose phone rings; '' for nobody's.
        notices: What should ring nobody's phone may be a notice; else it is a text too.
        name: Which answer this is, for whoever finds its finals in the room; '' where nobody will.
    """

    relation: Relation
    about: About
    notify: Notify
    mention: str = ""
    encrypted: bool = False
    name: str = ""
    notices: bool = True

    def writing(
        self,
        rendered: Rendered,
        number: int,
        event_id: str | None,
        *,
        live: bool = True,
        begun: bool = False,
    ) -> Content:
        """The event that shows a message while it is written, `live` until it is given up; `begun`
        where it has words of the answer.

        `number` counts the messages from 0; `event_id` is its first event, None before that.
        """
        is_text = not self.notices or (self.notify == "first" and number == 0)
        mention = self._first_mention(number, event_id)
        manner = Manner(
            "m.text" if is_text else "m.notice", live=live, begun=begun, mention=mention
        )
        return self._content(rendered, manner, event_id)

    def final(
        self, rendered: Rendered, number: int, event_id: str | None, signature: Signature | None
    ) -> Content:
        """A message's last event. `signature` is the answer's, in its last message."""
        marks: dict[str, object] = {"part": number + 1}
        if signature:
            marks = {**signature.content(), **marks, "parts": number + 1}
        else:
            marks = {"status": "complete", **self.about.names(), **marks}
        if self.name:
            marks["id"] = self.name
        marks |= rendered.named()
        done = bool(signature) and self.notify == "done"
        # What is first and final at once must not ring where the phone should be silent.
        rings = done or (self.notify == "first" and number == 0)
        manner = Manner(
            "m.text" if event_id or rings or not self.notices else "m.notice",
            mention=self.mention if done else self._first_mention(number, event_id),
            answer=marks,
        )
        whole = self._content(rendered, manner, event_id, whole=True)
        if events.size(whole, encrypted=self.encrypted) <= events.limit(encrypted=self.encrypted):
            return whole
        return self._content(rendered, manner, event_id)

    def _content(
        self, rendered: Rendered, manner: Manner, event_id: str | None, *, whole: bool = False
    ) -> Content:
        if event_id:
            return events.edit(event_id, rendered, manner, whole=whole)
        return events.message(rendered, manner, self.relation)

    def _first_mention(self, number: int, event_id: str | None) -> str:
        return self.mention if self.notify == "first" and number == 0 and not event_id else ""
