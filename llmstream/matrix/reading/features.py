"""What a bridge declares of its platform in a room: `com.beeper.room_features`, as a value.

Strangers write that too: whatever has not its shape is taken for what is not there, which means
not supported. What an answer makes of it is `delivery.py`'s.

mautrix-go, event/capabilities.go; docs/facts.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .annotations import plain_key
from .delivery import Delivery, least, streams_well, while_written
from .raw import Raw, at, number

_PARTLY = 1  # of Beeper's levels: -2 rejected, -1 dropped, 0 unsupported, 1 partly, 2 fully
# Edits that are taken for less (seconds) are none, and no message has less (characters): a room
# whose state says so would be full of messages.
_SHORT, _LEAST_TEXT = 60, 100
_FORMATS, _ALLOWED = 100, 1_000  # so many are looked at: nobody has more


@dataclass(frozen=True, slots=True)
class Features:
    """One bridge's. Numbers of which 0 is none; `edit_seconds` is an age."""

    edit: bool = False
    edit_count: int = 0
    edit_seconds: int = 0
    longest_text: int = 0
    thread: bool = False
    reply: bool = False
    reaction: bool = False
    reaction_count: int = 0
    allowed_reactions: frozenset[str] | None = None
    formats: frozenset[str] = frozenset()

    @classmethod
    def read(cls, declared: Raw | None) -> Features | None:
        """What the content of the event says; None where there is none."""
        if not declared:
            return None
        allowed = declared.get("allowed_reactions")
        formatting = at(declared, "formatting")
        return cls(
            edit=_supports(declared, "edit") and not 0 < _bound(declared, "edit_max_age") < _SHORT,
            edit_count=_bound(declared, "edit_max_count"),
            edit_seconds=_bound(declared, "edit_max_age"),
            longest_text=_least_text(_bound(declared, "max_text_length")),
            thread=_supports(declared, "thread"),
            reply=_supports(declared, "reply"),
            reaction=_supports(declared, "reaction"),
            reaction_count=_bound(declared, "reaction_count"),
            allowed_reactions=frozenset(map(plain_key, allowed[:_ALLOWED]))
            if isinstance(allowed, list)
            else None,
            formats=frozenset(
                name for name in list(formatting)[:_FORMATS] if _supports(formatting, name)
            ),
        )

    def instead_of(self, found: Delivery) -> Delivery:
        """What holds where the table of platforms says `found`: what the bridge declares counts,
        and of that the pace and the length where it declares none.
        """
        return replace(
            found,
            edits=self.edit and streams_well(self.edit_count, self.edit_seconds),
            most_edits=least(found.most_edits, while_written(self.edit_count)),
            corrections=self.edit,
            edit_count=self.edit_count,
            edit_seconds=self.edit_seconds,
            longest_text=self.longest_text or found.longest_text,
            tables="table" in self.formats,
            folding="details_summary" in self.formats,
            maths="math" in self.formats,
            html=bool(self.formats),
            threads=self.thread,
            replies=self.reply,
            reactions=self.reaction,
            most_reactions=self.reaction_count,
            allowed_reactions=self.allowed_reactions,
        )


def _supports(declared: Mapping[str, object], key: str) -> bool:
    return (number(declared, key) or 0) >= _PARTLY


def _least_text(declared: int) -> int:
    return declared and max(_LEAST_TEXT, declared)


def _bound(declared: Raw, key: str) -> int:
    return max(0, number(declared, key) or 0)
