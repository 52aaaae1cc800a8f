"""Times as the tables have them, and where a day and a month begin: in UTC, for everybody."""

from __future__ import annotations

from datetime import UTC, datetime


def milliseconds(moment: float) -> int:
    """A unix time as the tables have it."""
    return round(moment * 1000)


def day_of(moment: float) -> float:
    """When the UTC day of `moment` began. Both are unix times."""
    then = datetime.fromtimestamp(moment, UTC)
    return datetime(then.year, then.month, then.day, tzinfo=UTC).timestamp()


def month_of(moment: float) -> float:
    """When the UTC month of `moment` began. Both are unix times."""
    then = datetime.fromtimestamp(moment, UTC)
    return datetime(then.year, then.month, 1, tzinfo=UTC).timestamp()


def next_month_of(moment: float) -> float:
    """When the UTC month after that of `moment` begins. Both are unix times."""
    return month_of(month_of(moment) + 32 * 86400)
