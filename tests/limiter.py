"""A model of Synapse's limiter of messages."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .faults import JSON, Answer


@dataclass
class Limiter:
    """Synapse's leaky bucket for one user."""

    rate: float = 0.2
    burst: float = 10.0
    _level: float = 0.0
    _at: float = 0.0

    def wait(self, now: float) -> float:
        """0 if one more fits now; else seconds until it does. Takes nothing."""
        level = max(0.0, self._level - (now - self._at) * self.rate)
        return max(0.0, (level - (self.burst - 1)) / self.rate) if level > self.burst - 1 else 0.0

    def take(self, now: float) -> None:
        """Count one event."""
        self._level = max(0.0, self._level - (now - self._at) * self.rate) + 1
        self._at = now


def limited(wait: float) -> Answer:
    """What Synapse says to one event too many: come again in so many seconds."""
    body = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests"}
    milliseconds = int(wait * 1000)
    headers = {**JSON, "Retry-After": str(-(-milliseconds // 1000))}
    return Answer(429, json.dumps({**body, "retry_after_ms": milliseconds}).encode(), headers)
