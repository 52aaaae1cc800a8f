"""Which limit is behind a server's first refusal: one in wide use if that explains it.

Pure arithmetic on when events were taken. What a later refusal changes is budget.py's to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

COMMON = ((0.2, 10.0), (0.5, 30.0))
"""Rates and sizes in wide use, likeliest first: Synapse's default, and Element's own servers."""

SLACK = 0.5
"""What clocks, networks and busy servers blur, in seconds and in events."""


def likeliest(
    accepted: Iterable[float],
    asked_at: float,
    retry_after: float,
    supposed: tuple[float, float] = COMMON[0],
) -> tuple[float, float]:
    """The rate and size behind a first refusal, after events that were taken at these times.

    That is what was supposed, or a common limit, if one explains it, else the largest rate that
    can: nobody waits longer than one event's time, so the rate is at most 1 / `retry_after`.
    """
    times = list(accepted)
    for rate, size in (supposed, *COMMON):
        if retry_after <= 1 / rate + SLACK and max(_levels(times, rate)) <= size + SLACK:
            return rate, size
    rate = 1 / max(retry_after, 0.1)
    *_, level = _levels([*times, asked_at + retry_after], rate)
    return rate, max(1.0, round(level))


def _levels(times: Iterable[float], rate: float) -> Iterator[float]:
    """How full a bucket gets that leaks at `rate` and was empty before these events."""
    level = last = 0.0
    yield level
    for at in times:
        level, last = max(0.0, level - rate * (at - last)) + 1, at
        yield level
