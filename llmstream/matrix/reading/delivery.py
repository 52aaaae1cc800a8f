"""How an answer should come into a room, as a value: what its bridges and its members bear.

Pure. Behind a bridge each edit is a call of somebody's API, a mark on the message, a new message,
or nothing at all; texts too long are cut there. What of a room's state says so is read in
`bridges.py`, and asked for in `capabilities.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..content.room_bounds import Bounds
from ..content.style import Style
from .annotations import plain_key

# Of the edits that a bridge takes of a message, so many are kept: for its end, and for one more
# where a task in it ends later.
_KEPT = 2
# Seconds before the last at which a message can be edited: its end is sent then, and may be slow.
_IN_TIME = 60


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an answer may ask of a room.

    Args:
        edits: Whether it is edited while it is written; else it comes once, finished.
        interval_ms: Edits of a message never come closer.
        most_edits: Of one message, its last one not counted; 0 is any number.
        corrections: An edit arrives. Where it does not, there is none, whatever a room has set.
        edit_count: Edits of one message that arrive, its last among them; 0 is any number.
        edit_seconds: So long after its first event they do; 0 is for ever.
        longest_text: Characters of a message; 0 is as much as an event holds.
        longest_line: Bytes of a line, in plain text; 0 is any length.
        tables, folding, maths, html: Are understood; without `html` nothing but text is.
        threads: A thread is seen as one.
        replies: A reply is seen as one.
        reactions: People can react.
        allowed_reactions: With these alone; None is with all.
        most_reactions: So many of one sender to a message; 0 is any number.
        notices: Are read; bridges drop what says that it is one (`m.notice`).
        why: What of the room asks for that; '' where nothing does.
    """

    edits: bool = True
    interval_ms: int = 0
    most_edits: int = 0
    corrections: bool = True
    edit_count: int = 0
    edit_seconds: int = 0
    longest_text: int = 0
    longest_line: int = 0
    tables: bool = True
    folding: bool = True
    maths: bool = True
    html: bool = True
    threads: bool = True
    replies: bool = True
    reactions: bool = True
    allowed_reactions: frozenset[str] | None = None
    most_reactions: int = 0
    notices: bool = True
    why: str = ""

    def takes(self, stream: str) -> bool:
        """Whether answers are edited while they are written, with this setting of `stream`."""
        if not self.corrections or 0 < self.edit_count <= _KEPT:
            return False  # the end of an answer would be lost
        return stream == "edits" or (stream == "auto" and self.edits)

    def takes_reactions(self, keys: Iterable[str]) -> bool:
        """Whether people there can react with any of these."""
        allowed = self.allowed_reactions
        return self.reactions and (
            allowed is None or all(plain_key(key) in allowed for key in keys)
        )

    def shape(self, style: Style) -> Style:
        """The style as it can be here: never faster, longer or richer than the room bears."""
        bounds = style.bounds
        folded = self.folding and self.html
        return replace(
            style,
            single=style.single or not self.takes(style.stream),
            edit_interval_ms=max(style.edit_interval_ms, self.interval_ms),
            max_edits=least(style.max_edits, self.most_edits),
            longest_text=least(style.longest_text, self.longest_text),
            tables=style.tables if self.tables and self.html else "text",
            reasoning="status"
            if style.reasoning == "collapsed" and not folded
            else style.reasoning,
            bounds=Bounds(
                corrections=bounds.corrections and self.corrections,
                edit_count=least(bounds.edit_count, self.edit_count),
                edit_seconds=least(bounds.edit_seconds, _in_time(self.edit_seconds)),
                longest_line=least(bounds.longest_line, self.longest_line),
                folding=bounds.folding and folded,
                maths=bounds.maths and self.maths,
                html=bounds.html and self.html,
                notices=bounds.notices and self.notices,
            ),
        )

    def and_also(self, other: Delivery) -> Delivery:
        """What both bear."""
        allowed, more = self.allowed_reactions, other.allowed_reactions
        both = allowed if more is None else more if allowed is None else allowed & more
        return Delivery(
            edits=self.edits and other.edits,
            interval_ms=max(self.interval_ms, other.interval_ms),
            most_edits=least(self.most_edits, other.most_edits),
            corrections=self.corrections and other.corrections,
            edit_count=least(self.edit_count, other.edit_count),
            edit_seconds=least(self.edit_seconds, other.edit_seconds),
            longest_text=least(self.longest_text, other.longest_text),
            longest_line=least(self.longest_line, other.longest_line),
            tables=self.tables and other.tables,
            folding=self.folding and other.folding,
            maths=self.maths and other.maths,
            html=self.html and other.html,
            threads=self.threads and other.threads,
            replies=self.replies and other.replies,
            reactions=self.reactions and other.reactions,
            allowed_reactions=both,
            most_reactions=least(self.most_reactions, other.most_reactions),
            notices=self.notices and other.notices,
            why="; ".join(dict.fromkeys(filter(None, (self.why, other.why)))),
        )


def least(*bounds: int) -> int:
    """The smallest of some bounds, of which 0 is none."""
    return min(filter(None, bounds), default=0)


def while_written(edit_count: int) -> int:
    """Of so many edits, those that may go before the last; 0 is any number."""
    return max(1, edit_count - _KEPT) if edit_count else 0


def streams_well(edit_count: int, edit_seconds: int) -> bool:
    """Whether so many edits, for so long, are worth a stream."""
    enough = not edit_count or edit_count >= _KEPT + 3
    return enough and (not edit_seconds or edit_seconds >= 2 * _IN_TIME)


def _in_time(seconds: int) -> int:
    """When the last edit of a message has to be sent that can be edited for so many seconds."""
    return seconds and max(1, seconds - min(_IN_TIME, seconds // 4))
