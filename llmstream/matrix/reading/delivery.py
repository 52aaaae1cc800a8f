"""How an answer should come into a room, by what the room's state says of bridges and members.

Pure. Behind a bridge each edit is a call of somebody's API, a mark on the message, a new message,
or nothing at all; texts too long are cut there. What a bridge declares counts, then the table in
platforms.toml; of several bridges the tightest. The state is asked for in `capabilities.py`.

MSC2346 (`m.bridge`), `com.beeper.room_features` (mautrix bridges), MSC4357 (`live_messaging`);
docs/facts.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..content.style import Style
from .platforms import Platform, platform_of, platforms
from .raw import Event, Raw, as_raw, at, identifier, number, text

BRIDGE = ("m.bridge", "uk.half-shot.bridge")
FEATURES = "com.beeper.room_features"
LIVE_MESSAGING = "org.matrix.msc4357.live_messaging"
STATE = frozenset((*BRIDGE, FEATURES, LIVE_MESSAGING))
MEMBER = "m.room.member"
_READ = STATE | {MEMBER}

_PARTLY = 1  # of Beeper's levels: -2 rejected, -1 dropped, 0 unsupported, 1 partly, 2 fully
# Of the edits that a bridge allows so many are kept for the end, and so few are no stream. Where
# edits are taken for less than an hour (in seconds), the end of an answer could be lost.
_KEPT, _FEWEST, _AGE = 2, 3, 3600
# Rooms of so many members, or servers, are slow by themselves: milliseconds, and edits.
_MANY, _MANY_SERVERS, _MANY_MS = 100, 10, 2_000
_CROWD, _CROWD_EDITS = 1_000, 30
_NO_WORD = re.compile(r"[^\w ().+-]|_")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an answer may ask of a room.

    Args:
        edits: Whether it is edited while it is written; else it comes once, finished.
        interval_ms: Edits of a message never come closer.
        most_edits: Of one message, its last one not counted; 0 is any number.
        longest_text: Characters of a message; 0 is as much as an event holds.
        plain: Tables and folded text are not understood.
        why: What of the room asks for that; '' where nothing does.
    """

    edits: bool = True
    interval_ms: int = 0
    most_edits: int = 0
    longest_text: int = 0
    plain: bool = False
    why: str = ""

    def takes(self, stream: str) -> bool:
        """Whether answers are edited while they are written, with this setting of `stream`."""
        return stream == "edits" or (stream == "auto" and self.edits)

    def shape(self, style: Style) -> Style:
        """The style as it can be here: never faster, longer or richer than the room bears."""
        return replace(
            style,
            single=style.single or not self.takes(style.stream),
            edit_interval_ms=max(style.edit_interval_ms, self.interval_ms),
            max_edits=_least(style.max_edits, self.most_edits),
            longest_text=_least(style.longest_text, self.longest_text),
            tables="text" if self.plain else style.tables,
            reasoning="status"
            if self.plain and style.reasoning == "collapsed"
            else style.reasoning,
        )

    def and_also(self, other: Delivery) -> Delivery:
        """What both bear."""
        return Delivery(
            edits=self.edits and other.edits,
            interval_ms=max(self.interval_ms, other.interval_ms),
            most_edits=_least(self.most_edits, other.most_edits),
            longest_text=_least(self.longest_text, other.longest_text),
            plain=self.plain or other.plain,
            why="; ".join(dict.fromkeys(filter(None, (self.why, other.why)))),
        )


def delivery(state: Iterable[Event]) -> Delivery:
    """What the state events of a room say."""
    events = [raw for raw in map(as_raw, state) if text(raw, "type") in _READ]
    members = [identifier(raw, "state_key") for raw in events if _is_join(raw)]
    events = [raw for raw in events if raw["type"] != MEMBER]
    found = _of_members(members)
    for event in events:
        if event.get("type") == LIVE_MESSAGING and at(event, "content").get("enabled") is False:
            found = found.and_also(Delivery(False, why="this room wants no live messages"))
    for platform, name, features in _bridges(events, members):
        found = found.and_also(_behind(platform, name, features))
    return found


def _bridges(events: list[Raw], members: list[str]) -> Iterable[tuple[Platform, str, Raw | None]]:
    """Each bridge's platform, the name that it has, and what it declares."""
    declared = [one for one in events if one.get("type") == FEATURES]
    by_key = {text(one, "state_key"): at(one, "content") for one in declared}
    seen: set[str] = set()
    for event in events:
        protocol = at(event, "content", "protocol")
        if text(event, "type") in BRIDGE and protocol:
            key, platform = text(event, "state_key"), platform_of(text(protocol, "id"))
            name = text(protocol, "displayname") or platform.name or text(protocol, "id")
            features = by_key.get(key) or next(iter(by_key.values()), None)
            seen.add(key)
            yield platform, name, features
    if not seen:
        for platform in _of_ghosts(members):
            yield platform, platform.name, None


def _of_ghosts(members: list[str]) -> Iterable[Platform]:
    """Platforms whose people are here by the user ids that bridges give them."""
    protocols = {protocol: one for one in platforms().values() for protocol in one.protocols}
    found = {
        protocols[start].name: protocols[start]
        for member in members
        if (start := member.lstrip("@_").partition("_")[0]) in protocols and "_" in member[2:]
    }
    return found.values()


def _behind(platform: Platform, name: str, features: Raw | None) -> Delivery:
    found = Delivery(
        edits=platform.edits,
        interval_ms=platform.interval_ms,
        most_edits=platform.most_edits,
        longest_text=platform.longest_text,
        plain=platform.plain,
    )
    if features is not None:
        most, age = number(features, "edit_max_count"), number(features, "edit_max_age")
        takes = (number(features, "edit") or 0) >= _PARTLY
        found = replace(
            found,
            edits=takes and (most is None or most >= _KEPT + _FEWEST) and (not age or age >= _AGE),
            most_edits=_least(found.most_edits, max(1, most - _KEPT) if most else 0),
            longest_text=max(0, number(features, "max_text_length") or 0) or found.longest_text,
        )
    return replace(found, why=_why(_plain(name) or "a bridge", found))


def _why(name: str, found: Delivery) -> str:
    if not found.edits:
        return f"this room is bridged to {name}, which does not take a stream of edits"
    return f"this room is bridged to {name}"


def _of_members(members: list[str]) -> Delivery:
    """Rooms of many people are a slow platform of their own."""
    servers = len({member.partition(":")[2] for member in members})
    if len(members) <= _MANY and servers <= _MANY_SERVERS:
        return Delivery()
    why = f"this room has {len(members):,} members"
    if len(members) <= _MANY:
        why = f"this room is on {servers} servers"
    most_edits = _CROWD_EDITS if len(members) > _CROWD else 0
    return Delivery(interval_ms=_MANY_MS, most_edits=most_edits, why=why)


def _is_join(raw: Raw) -> bool:
    return raw["type"] == MEMBER and at(raw, "content").get("membership") == "join"


def _plain(name: str) -> str:
    """A name that a stranger has given, as words that may stand anywhere."""
    return " ".join(_NO_WORD.sub(" ", name[:100]).split())[:40]


def _least(one: int, other: int) -> int:
    """The smaller of two bounds, of which 0 is none."""
    return min(filter(None, (one, other)), default=0)
