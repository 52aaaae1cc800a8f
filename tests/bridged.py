"""Rooms whose state tells of bridges, on the homeserver in the process."""

from __future__ import annotations

import json
from typing import Any

from tests.far_side import FarSide
from tests.faults import Answer
from tests.homeserver import Homeserver


def bridge(protocol: str, key: str = "x", **more: Any) -> dict[str, Any]:
    """What a bridge says of itself."""
    content = {"protocol": {"id": protocol, **more}}
    return {"type": "m.bridge", "state_key": key, "content": content}


def features(key: str = "x", **declared: Any) -> dict[str, Any]:
    """What it declares of its platform."""
    return {"type": "com.beeper.room_features", "state_key": key, "content": declared}


def member(user_id: str, membership: str = "join") -> dict[str, Any]:
    return {"type": "m.room.member", "state_key": user_id, "content": {"membership": membership}}


class Bridged(Homeserver):
    """A server whose rooms have this state."""

    def __init__(self, *state: dict[str, Any]) -> None:
        super().__init__()
        self.state = list(state)
        self.asked = 0

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> Answer:
        if path.endswith("/state"):
            self.asked += 1
            return Answer(200, json.dumps(self.state).encode())
        return await super().answer(user_id, method, path, body)


def seen(homeserver: Homeserver, far: FarSide) -> FarSide:
    """The other side, once all that the server has is over the bridge."""
    for event in homeserver.events:
        far.takes(event.event_id, event.type, event.content, event.at)
    return far
