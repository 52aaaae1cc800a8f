from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from llmstream.bot.store import day_of, month_of


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
def test_days_and_months_begin_at_midnight_utc(then: datetime):
    moment = then.replace(tzinfo=UTC).timestamp()
    day = datetime.fromtimestamp(day_of(moment), UTC)
    month = datetime.fromtimestamp(month_of(moment), UTC)
    assert day.replace(tzinfo=None) == datetime(then.year, then.month, then.day)
    assert month.replace(tzinfo=None) == datetime(then.year, then.month, 1)
