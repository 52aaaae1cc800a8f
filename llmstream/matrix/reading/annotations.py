"""Who has reacted to what with what: the one reading of `m.reaction`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .raw import Event, as_raw, at, identifier, text

_LONGEST_KEY = 100
# Clients send ⏹ with or without its variation selector, and 👍 in five skin tones.
_VARIANTS = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")


@dataclass(frozen=True, slots=True)
class Annotation:
    """A reaction: `sender` has put `key` on the event `event_id`, in the same room."""

    room_id: str
    sender: str
    event_id: str
    key: str


def plain_key(key: object) -> str:
    """The key without variation selectors and skin tones: ⏹ and ⏹️ are one button.

    '' where it is no text.
    """
    return _VARIANTS.sub("", key) if isinstance(key, str) else ""


def annotation_in(event: Event) -> Annotation | None:
    """The reaction that the event is; None where it is none, or not one that anybody can mean."""
    raw = as_raw(event)
    relation = at(raw, "content", "m.relates_to")
    found = Annotation(
        room_id=identifier(raw, "room_id"),
        sender=identifier(raw, "sender"),
        event_id=identifier(relation, "event_id"),
        key=text(relation, "key"),
    )
    whole = found.room_id and found.sender and found.event_id and found.key
    is_one = raw.get("type") == "m.reaction" and relation.get("rel_type") == "m.annotation"
    return found if is_one and whole and len(found.key) <= _LONGEST_KEY else None
