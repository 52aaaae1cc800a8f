"""One message as a person's client shows it: the first event, and the edits that came after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.homeserver import MARK

LIVE = "org.matrix.msc4357.live"
ANSWER = "dev.llmstream.answer"


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as it reached a person. `arrived` is in seconds of the event loop's clock."""

    room_id: str
    arrived: float
    event: dict[str, Any] = field(repr=False)

    @property
    def id(self) -> str:
        return str(self.event.get("event_id", ""))

    @property
    def type(self) -> str:
        return str(self.event.get("type", ""))

    @property
    def sender(self) -> str:
        return str(self.event.get("sender", ""))

    @property
    def content(self) -> dict[str, Any]:
        """As it stands in the event; empty where it was redacted."""
        content: dict[str, Any] = self.event.get("content", {})
        return content

    @property
    def sent_at(self) -> float:
        """When the server took it, in seconds since 1970."""
        return float(self.event.get("origin_server_ts", 0)) / 1000

    @property
    def edits(self) -> str:
        """The event that this one replaces; '' where it is no edit, of whatever shape."""
        relation = self.content.get("m.relates_to")
        if not isinstance(relation, dict) or relation.get("rel_type") != "m.replace":
            return ""
        return str(relation.get("event_id", ""))

    @property
    def shown(self) -> dict[str, Any]:
        """The content that a client shows once it has this event."""
        return self.content["m.new_content"] if self.edits else self.content


@dataclass(frozen=True, slots=True)
class Message:
    """The events of one message, the first one first, edits in the order of their arrival."""

    events: tuple[Seen, ...]

    @property
    def id(self) -> str:
        return self.events[0].id

    @property
    def first(self) -> Seen:
        return self.events[0]

    @property
    def newest(self) -> Seen:
        """The event whose content counts: the first, or the edit with the highest server time."""
        return max(self.events, key=lambda seen: (bool(seen.edits), seen.sent_at, seen.id))

    @property
    def content(self) -> dict[str, Any]:
        """What a client shows now, without relations."""
        return self.newest.shown

    @property
    def body(self) -> str:
        """As a person reads it: without what keeps it from being another bot's command."""
        return str(self.content.get("body", "")).removeprefix(MARK)

    @property
    def relation(self) -> dict[str, Any]:
        """Thread or reply: the first event's, edits cannot change it."""
        relation: dict[str, Any] = self.first.content.get("m.relates_to", {})
        return relation

    @property
    def live(self) -> bool:
        """Still being written, by the marker of MSC4357."""
        return LIVE in self.content

    @property
    def answer(self) -> dict[str, Any] | None:
        """What the finished answer says of itself; None while it is written."""
        return self.content.get(ANSWER)
