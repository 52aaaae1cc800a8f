"""What a scheduler has done and how things stand: numbers for the dashboard and the log."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counters:
    """Counted since the scheduler began; the second half is how things stand now.

    Args:
        events: Events that the server has taken, of all kinds, redactions and joins included.
        edits: Those of them that edit.
        merged: Changes that went out together with a newer one.
        rate_limited: Refusals because of the rate limit.
        waited: Seconds that events waited for the budget or for a slow server, in all.
        sent_bytes: Bytes of the events sent, refused ones included.
        rate, size, available: The budget: events per second, at once, now. None where no limit is
            known.
        in_flight: Requests on their way.
        lanes: Messages being written.
    """

    events: int = 0
    edits: int = 0
    merged: int = 0
    rate_limited: int = 0
    waited: float = 0.0
    sent_bytes: int = 0
    rate: float | None = None
    size: float | None = None
    available: float | None = None
    in_flight: int = 0
    lanes: int = 0
