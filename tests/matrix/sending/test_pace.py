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


@pytest.mark.parametrize(
    ("seconds", "widest", "edits"), [(30, 1.1, 40), (60, 1.3, 50), (300, 7, 50), (600, 15, 50)]
)
def test_where_it_is_known_how_long_answers_take_the_gaps_do_not_stretch(
    seconds: float, widest: float, edits: int
) -> None:
    gaps: list[float] = []
    at = 0.0
    while at < seconds:
        gaps.append(gap(len(gaps), 0.5, 60, at, seconds - at))
        at += gaps[-1]
    assert max(gaps) <= widest
    assert edits <= len(gaps) <= edits + 2
    assert sum(1 for at in accumulate(gaps) if at <= 5) >= 4, "it begins lively"


def test_an_answer_longer_than_any_before_still_has_edits() -> None:
    edits, at = 0, 0.0
    while edits < 60:
        at += gap(edits, 0.5, 60, at, max(0.0, 60 - at))
        edits += 1
    assert at > 240


@given(age=st.floats(0, 1e4), left=st.floats(0, 1e4), edits=st.integers(0, 100))
def test_no_gap_is_under_the_interval_whatever_is_expected(
    age: float, left: float, edits: int
) -> None:
    assert gap(edits, 0.5, 60, age, left) >= 0.5


@given(interval=st.floats(0.1, 10), max_edits=st.integers(1, 500))
def test_gaps_only_widen_and_are_never_under_the_interval(interval: float, max_edits: int) -> None:
    gaps = [gap(edits, interval, max_edits) for edits in range(max_edits)]
    assert gaps[0] >= interval
    assert all(later >= earlier for earlier, later in pairwise(gaps))


@pytest.mark.parametrize("edits", [0, 10, 1000])
def test_without_a_limit_on_edits_the_gaps_stay_the_same(edits: int) -> None:
    assert gap(edits, 0.5, 0) == gap(0, 0.5, 0) >= 0.5
