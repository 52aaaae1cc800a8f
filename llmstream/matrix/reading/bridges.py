"""What a room takes besides messages: whether edits reach everybody in it.

Behind a bridge an edit may come out as a new message, or not at all (Signal takes 10 in a day, IRC
none), so that such a room gets each answer once, finished. A room can also say itself that it
wants no live messages.

MSC2346 (`m.bridge`), `com.beeper.room_features` (mautrix bridges), MSC4357 (`live_messaging`);
docs/facts.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mautrix.api import Method, Path
from mautrix.client import Client
from mautrix.errors import MatrixError

from .raw import Event, as_raw, at, text

BRIDGE = ("m.bridge", "uk.half-shot.bridge")
FEATURES = "com.beeper.room_features"
LIVE_MESSAGING = "org.matrix.msc4357.live_messaging"
STATE = frozenset((*BRIDGE, FEATURES, LIVE_MESSAGING))

_NO_WORD = re.compile(r"[^\w ().+-]|_")
_PARTLY = 1  # of Beeper's levels: -2 rejected, -1 dropped, 0 unsupported, 1 partly, 2 fully
_ENOUGH_EDITS = 30


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether an answer may be edited while it is written, and why not."""

    edits: bool = True
    why: str = ""

    def takes(self, stream: str) -> bool:
        """Whether answers are edited while they are written, with this setting of `stream`."""
        return stream == "edits" or (stream == "auto" and self.edits)


def reach(state: Iterable[Event]) -> Reach:
    """What the state events of a room say."""
    features: list[Mapping[str, Any]] = []
    bridge = ""
    for event in map(as_raw, state):
        content = at(event, "content")
        if event.get("type") == LIVE_MESSAGING and content.get("enabled") is False:
            return Reach(False, "this room wants no live messages")
        if event.get("type") == FEATURES:
            features.append(content)
        if text(event, "type") in BRIDGE and (protocol := at(content, "protocol")):
            bridge = _plain(text(protocol, "displayname") or text(protocol, "id")) or "a bridge"
    if not bridge:
        return Reach()
    if features and all(_takes_edits(each) for each in features):
        return Reach()
    return Reach(False, f"this room is bridged to {bridge}, which does not take a stream of edits")


def _plain(name: str) -> str:
    """A name that a stranger has given, as words that may stand anywhere."""
    return " ".join(_NO_WORD.sub(" ", name[:100]).split())[:40]


def _takes_edits(features: Mapping[str, Any]) -> bool:
    level, most = features.get("edit", 0), features.get("edit_max_count")
    return (
        isinstance(level, int)
        and level >= _PARTLY
        and (most is None or (isinstance(most, int) and most >= _ENOUGH_EDITS))
        and not features.get("edit_max_age")
    )


class Capabilities:
    """The reach of the rooms that we are in, asked for once and again when their state changes."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, Reach] = {}

    async def of(self, room_id: str) -> Reach:
        """What this room takes; edits, where the server does not say."""
        if room_id not in self._known:
            try:
                state = await self._client.api.request(Method.GET, Path.v3.rooms[room_id].state)
            except MatrixError:
                return Reach()
            self._known[room_id] = reach(state if isinstance(state, list) else [])
        return self._known[room_id]

    def forget(self, room_id: str) -> None:
        """Its state has changed."""
        self._known.pop(room_id, None)
