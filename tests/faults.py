"""What can happen to a request on its way to the homeserver of homeserver.py and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)

    async def read(self) -> bytes:
        return self.body

    async def text(self) -> str:
        return self.body.decode()

    async def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Fault:
    """What happens to one request instead of a plain answer.

    Args:
        before: Seconds that the server takes before it looks at the request.
        answer: Sent instead of the server's; None for the server's own.
        stored: Whether the event is stored even so.
        drops: The connection is lost instead of an answer.
        after: Seconds before the answer leaves.
        halves: The connection is lost in the middle of the answer.
    """

    before: float = 0.0
    answer: Answer | None = None
    stored: bool = True
    drops: bool = False
    after: float = 0.0
    halves: bool = False


FINE = Fault()
DROPPED_BEFORE = Fault(drops=True, stored=False)
DROPPED_AFTER = Fault(drops=True)
HALVED = Fault(halves=True)
BAD_GATEWAY = Fault(answer=Answer(502, b"<html>Bad Gateway</html>", {}), stored=False)
BAD_GATEWAY_AFTER = Fault(answer=Answer(502, b"<html>Bad Gateway</html>", {}))


HANGS = Fault(before=45.0)


def slow(seconds: float) -> Fault:
    """The server stores the event after so long."""
    return Fault(before=seconds)


def refusal(status: int, code: str, error: str = "", **more: object) -> Fault:
    """The server refuses, as Matrix has it."""
    body = json.dumps({"errcode": code, "error": error, **more}).encode()
    return Fault(answer=Answer(status, body), stored=False)


TOO_LARGE = refusal(413, "M_TOO_LARGE", "event too large")
FORBIDDEN = refusal(403, "M_FORBIDDEN", "User not in room")
UNKNOWN_EVENT = refusal(400, "M_UNKNOWN", "Can't send relation to unknown event")
