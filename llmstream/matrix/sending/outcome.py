"""What became of one request to the homeserver.

Pure: reads a status, headers and a body. It neither sends (sender.py) nor decides what to do
about it (lane.py, account.py).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Any, TypeAlias

from mautrix.types import EventID


class Reason(Enum):
    """Why a request brought no event. After LOST, and seldom UNAVAILABLE, it may be stored.

    GATEWAY: something that stands before the homeserver refuses, or the homeserver that did not
    know what or who was asked. Only an errcode is its own word.
    """

    RATE_LIMITED = auto()
    TOO_LARGE = auto()
    FORBIDDEN = auto()
    GONE = auto()
    INVALID = auto()
    UNAVAILABLE = auto()
    GATEWAY = auto()
    LOST = auto()


@dataclass(frozen=True, slots=True)
class Sent:
    """The server has the event. `seconds` is how long the request took."""

    event_id: EventID
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """The server has not taken the event, or it is unknown whether it has (LOST).

    Args:
        reason: What kind of refusal it is.
        retry_after: Seconds, counted from when the request was made; None where the server does
            not say.
        text: The server's own words, shortened; safe to log.
        seconds: How long the request took.
    """

    reason: Reason
    retry_after: float | None
    text: str
    seconds: float = 0.0

    @property
    def may_pass(self) -> bool:
        """Whether it forbids in words that say nothing of us in this room: a filter of spam, say,
        which may take the next one.
        """
        return self.reason is Reason.FORBIDDEN and not _OF_US.search(self.text)


Outcome: TypeAlias = Sent | Refused


class SendError(Exception):
    """The server refused an event for good. `refused` says why."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.text)
        self.refused = refused


# As Synapse says it of members, levels and blocked rooms, and other servers in their words.
_OF_US = re.compile(r"\broom\b|member|joined|permission|banned|power level", re.I)
_SURELY_FITS = 4096  # bytes; nobody bounds requests to less, and Matrix has events of 65,536
_BY_STATUS = {
    403: Reason.FORBIDDEN,
    404: Reason.GONE,
    410: Reason.GONE,
}
_BY_STATUS_OF_A_PAGE = {
    408: Reason.LOST,
    413: Reason.TOO_LARGE,
    429: Reason.RATE_LIMITED,
    # A gateway that gave up waiting: the homeserver may still be working on it.
    504: Reason.LOST,
    524: Reason.LOST,
}
_BY_CODE = {
    "M_LIMIT_EXCEEDED": Reason.RATE_LIMITED,
    "M_TOO_LARGE": Reason.TOO_LARGE,
    "M_FORBIDDEN": Reason.FORBIDDEN,
    "M_NOT_FOUND": Reason.GONE,
    # No word on the event: a request went where it is not known what, or who, is asked. The token
    # may have been left out on the way (a redirect), or another is given to us meanwhile.
    "M_UNRECOGNIZED": Reason.GATEWAY,
    "M_MISSING_TOKEN": Reason.GATEWAY,
    "M_UNKNOWN_TOKEN": Reason.GATEWAY,
}
_LONGEST_WAIT = 600.0  # seconds; a server that says more says nothing
# Synapse 1.163 says this, under M_UNKNOWN, of an edit whose message it does not have.
_UNKNOWN_EVENT = "relation to unknown event"


def read(
    status: int, headers: Mapping[str, str], body: bytes, seconds: float, size: int | None = None
) -> Outcome:
    """What an HTTP response means. Never raises, whatever a proxy on the way made of it.

    `size` is how many bytes the request had: what says that a few are too large means no size.
    """
    said = _json_object(body)
    if 200 <= status < 300:
        if isinstance(event_id := said.get("event_id", said.get("room_id")), str):
            return Sent(EventID(event_id), seconds)
        return Refused(Reason.LOST, None, f"HTTP {status} without an event id", seconds)
    code, error = str(said.get("errcode", "")), str(said.get("error", ""))
    reason = _reason(status, code, error)
    if not code and reason is Reason.TOO_LARGE and size is not None and size < _SURELY_FITS:
        reason = Reason.GATEWAY
    retry_after = _retry_after(said, headers) if reason is Reason.RATE_LIMITED else None
    return Refused(reason, retry_after, f"HTTP {status} {code} {error}".strip()[:200], seconds)


def _reason(status: int, code: str, error: str) -> Reason:
    if _UNKNOWN_EVENT in error:
        return Reason.GONE
    if known := _BY_CODE.get(code) or _BY_STATUS_OF_A_PAGE.get(status):
        return known
    if status >= 500:
        return Reason.UNAVAILABLE
    return _BY_STATUS.get(status, Reason.INVALID) if code else Reason.GATEWAY


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _retry_after(said: Mapping[str, Any], headers: Mapping[str, str]) -> float | None:
    """Seconds, as far as they can be meant."""
    seconds = _said_to_wait(said.get("retry_after_ms"), headers.get("Retry-After", ""))
    return max(0.0, seconds) if seconds is not None and seconds <= _LONGEST_WAIT else None


def _said_to_wait(milliseconds: object, header: str) -> float | None:
    try:
        if isinstance(milliseconds, int | float) and not isinstance(milliseconds, bool):
            return milliseconds / 1000
        if header.strip().isdigit():
            return float(header)
        return parsedate_to_datetime(header).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError):
        return None
