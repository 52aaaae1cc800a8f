"""What a room's state says of its bridges, its members and its encryption: how an answer should
come there.

Pure, and for any state: strangers write it. What a bridge declares counts, then the table in
platforms.toml; of several bridges the tightest. What comes of it is a `Delivery`.

MSC2346 (`m.bridge`), `com.beeper.room_features` (mautrix bridges), MSC4357 (`live_messaging`);
docs/facts.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .delivery import Delivery, least, while_written
from .features import Features
from .platforms import UNKNOWN, Platform, Platforms, platform_of, platforms
from .raw import Event, Raw, as_raw, at, identifier, text

BRIDGE = ("m.bridge", "uk.half-shot.bridge")
FEATURES = "com.beeper.room_features"
LIVE_MESSAGING = "org.matrix.msc4357.live_messaging"
ENCRYPTION = "m.room.encryption"
MEMBER = "m.room.member"
_TRACKERS = frozenset(kind for one in platforms().values() for kind in one.state)
STATE = frozenset((*BRIDGE, FEATURES, LIVE_MESSAGING, ENCRYPTION)) | _TRACKERS
"""The types of state events that count, besides who is there."""

# Rooms of so many members, or servers, are slow by themselves: milliseconds, and edits.
_MANY, _MANY_SERVERS, _MANY_MS = 100, 10, 2_000
_CROWD, _CROWD_EDITS = 1_000, 30
# Each edit is a message of the encryption, which takes a new key after a hundred and has to tell
# every device, in the middle of an answer: a key lasts for three messages of most edits.
_ENCRYPTED_MS, _ENCRYPTED_EDITS = 1_500, 30
# How the oldest bridges call their ghosts: `@_irc_nick`, `@_discordpuppet_1`.
_GHOST = re.compile(r"@_?([a-z]+?)(?:puppet)?_.", re.IGNORECASE)
_NO_WORD = re.compile(r"[^\w ().+-]|_")
_BRIDGES = 100  # so many are looked at: no room has more


@dataclass(frozen=True, slots=True)
class Known:
    """What counts of a room's state, whatever the table of platforms is.

    Args:
        bridges: Each one's id, the name that it has, and what it declares.
        ghosts: The beginnings of user ids that bridges may have given.
        people: How many are there, from so many `servers`.
        live: The room wants live messages.
        encrypted: All that is said there is.
    """

    bridges: tuple[tuple[str, str, Features | None], ...] = ()
    ghosts: frozenset[str] = frozenset()
    people: int = 0
    servers: int = 0
    live: bool = True
    encrypted: bool = False

    def delivery(self, table: Platforms | None = None) -> Delivery:
        """How an answer should come there, by this table of platforms, or else ours."""
        table = table or platforms()
        found = _of_people(self.people, self.servers)
        if self.encrypted:
            found = found.and_also(
                Delivery(
                    interval_ms=_ENCRYPTED_MS,
                    most_edits=_ENCRYPTED_EDITS,
                    why="this room is encrypted",
                )
            )
        if not self.live:
            found = found.and_also(Delivery(False, why="this room wants no live messages"))
        declared = [(platform_of(id, table), id, name, has) for id, name, has in self.bridges]
        for platform, id, name, features in declared:
            found = found.and_also(_behind(platform, name or _name(platform, id, table), features))
        known = {platform.name for platform, *_ in declared}
        for ghost in sorted(self.ghosts):
            platform = platform_of(ghost, table)
            if platform is not table[UNKNOWN] and platform.name not in known:
                found = found.and_also(_behind(platform, platform.name, None))
        return found


def known(state: Iterable[Event]) -> Known:
    """What counts of the state events of a room."""
    kinds = STATE | {MEMBER}
    events = [raw for raw in map(as_raw, state) if text(raw, "type") in kinds]
    members = [identifier(raw, "state_key") for raw in events if _is_join(raw)]
    live = [at(one, "content") for one in events if one["type"] == LIVE_MESSAGING]
    return Known(
        bridges=tuple(dict.fromkeys(_bridges(events))),
        ghosts=ghosts(members),
        people=len(members),
        servers=len({member.partition(":")[2] for member in members}),
        live=not any(content.get("enabled") is False for content in live),
        encrypted=any(one["type"] == ENCRYPTION for one in events),
    )


def ghosts(members: Iterable[str]) -> frozenset[str]:
    """The beginnings of those user ids that a bridge may have given."""
    return frozenset(match[1].lower() for member in members if (match := _GHOST.match(member)))


def delivery(state: Iterable[Event], table: Platforms | None = None) -> Delivery:
    """How an answer should come into the room that has this state."""
    return known(state).delivery(table)


def _bridges(events: list[Raw]) -> Iterator[tuple[str, str, Features | None]]:
    """Each bridge's id, the name that it has, and what it declares under its own state key."""
    declared = {_key(one): at(one, "content") for one in events if one["type"] == FEATURES}
    said = [one for one in events if one["type"] in BRIDGE][:_BRIDGES]
    for event in said:
        protocol = at(event, "content", "protocol")
        if at(event, "content"):  # an empty one is that of a bridge which is gone
            id = text(protocol, "id")[:100]
            name = text(protocol, "displayname")[:100]
            yield id, name, Features.read(declared.get(_key(event)))
    keys = set(map(_key, said))
    for key, features in list(declared.items())[:_BRIDGES]:
        if features and key not in keys:
            yield "", "", Features.read(features)
    for event in events:
        if event["type"] in _TRACKERS and at(event, "content"):
            yield text(event, "type"), "", None


def _key(event: Raw) -> str:
    return text(event, "state_key")


def _behind(platform: Platform, name: str, features: Features | None) -> Delivery:
    found = Delivery(
        edits=platform.edits,
        interval_ms=platform.interval_ms,
        most_edits=least(platform.most_edits, while_written(platform.edit_count)),
        corrections=platform.corrections,
        edit_count=platform.edit_count,
        edit_seconds=platform.edit_seconds,
        longest_text=platform.longest_text,
        longest_line=platform.longest_line,
        tables=not platform.plain,
        folding=not platform.plain,
        maths=not platform.plain,
        html=platform.html,
        threads=platform.threads,
        replies=platform.threads or platform.html,
        reactions=platform.reactions,
        notices=False,
    )
    if features is not None:
        found = features.instead_of(replace(found, most_edits=platform.most_edits))
    called = f"this room is bridged to {_plain(name) or 'a platform that I do not know'}"
    if not found.edits:
        called += ", which does not take a stream of edits"
    return replace(found, why=called)


def _of_people(people: int, servers: int) -> Delivery:
    """Rooms of many people are a slow platform of their own."""
    if people <= _MANY and servers <= _MANY_SERVERS:
        return Delivery()
    why = f"this room has {people:,} members"
    if people <= _MANY:
        why = f"this room is on {servers} servers"
    most_edits = _CROWD_EDITS if people > _CROWD else 0
    return Delivery(interval_ms=_MANY_MS, most_edits=most_edits, why=why)


def _name(platform: Platform, id: str, table: Platforms) -> str:
    return id if platform is table[UNKNOWN] else platform.name


def _is_join(raw: Raw) -> bool:
    return raw["type"] == MEMBER and at(raw, "content").get("membership") == "join"


def _plain(name: str) -> str:
    """A name that a stranger has given, as words that may stand anywhere."""
    return " ".join(_NO_WORD.sub(" ", name[:100]).split())[:40]
