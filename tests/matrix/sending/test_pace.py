"""How the edits of one message are spread."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.matrix.sending.pace import gap

GAPS = [gap(edits, 0.5, 60) for edits in range(60)]
TIMES = list(accumulate(GAPS))


def test_half_a_minute_takes_about_forty_edits() -> None:
    assert 36 <= sum(1 for at in TIMES if at <= 30) <= 42


def test_in_half_a_minute_the_text_is_0_4_s_behind_on_average() -> None:
    gaps = [gap for gap, at in zip(GAPS, TIMES, strict=True) if at <= 30]
    lag = sum(gap * gap for gap in gaps) / 2 / sum(gaps)
    assert lag + 0.03 <= 0.415


def test_sixty_edits_reach_over_four_minutes() -> None:
    assert 240 <= TIMES[-1] <= 360


@given(interval=st.floats(0.1, 10), max_edits=st.integers(1, 500))
def test_gaps_only_widen_and_are_never_under_the_interval(interval: float, max_edits: int) -> None:
    gaps = [gap(edits, interval, max_edits) for edits in range(max_edits)]
    assert gaps[0] >= interval
    assert all(later >= earlier for earlier, later in pairwise(gaps))


@pytest.mark.parametrize("edits", [0, 10, 1000])
def test_without_a_limit_on_edits_the_gaps_stay_the_same(edits: int) -> None:
    assert gap(edits, 0.5, 0) == gap(0, 0.5, 0) >= 0.5
