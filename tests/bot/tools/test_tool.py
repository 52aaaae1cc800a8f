"""What the model reads of a result: bounded, and never the tool's word for ours."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from llmstream.bot.tools.tool import bounded, from_outside
from llmstream.well_formed import well_formed


@given(st.text())
def test_a_result_stands_whole_between_marks_that_it_cannot_close(text: str) -> None:
    wrapped = from_outside("t", text).text
    text = well_formed(text)
    mark = re.search(r"the mark (\w+)", wrapped)
    assert mark is not None
    assert wrapped.endswith(f"\n[{mark[1]}\n{text}\n{mark[1]}]")
    assert mark[1] not in text


def test_every_result_has_a_mark_of_its_own() -> None:
    assert from_outside("t", "x").text != from_outside("t", "x").text


@given(st.text(), st.integers(1, 50))
def test_a_bounded_text_is_the_beginning_and_how_much_is_missing(text: str, limit: int) -> None:
    found = bounded(text, limit)
    assert found.startswith(text[:limit])
    if len(text) > limit:
        assert f"{len(text) - limit} more characters" in found
    else:
        assert found == text
