"""How calls read in the room: what a model or a tool writes stays inert, short and on one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from llmstream.bot.tools import shown
from llmstream.bot.tools.call_reading import parsed

wild = st.text(st.sampled_from("` \n*_[]()<>!@#|\\&;a\x00é😀")) | st.text()


@given(wild)
def test_code_is_one_span_of_inline_code_and_nothing_else(text: str) -> None:
    code = shown.code(text)
    assert "\n" not in code
    if code:
        inline = MarkdownIt().parse(f"x {code} y")[1].children or []
        assert [token.type for token in inline] == ["text", "code_inline", "text"]


@given(wild)
def test_code_says_what_the_text_says(text: str) -> None:
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    code = shown.code(text, limit=10_000)
    if words:
        inline = MarkdownIt().parse(f"x {code} y")[1].children or []
        assert inline[1].content == words
    else:
        assert code == ""


@given(st.text(min_size=1), st.integers(1, 40))
def test_code_is_short_and_says_that_it_was_shortened(text: str, limit: int) -> None:
    code = shown.code(text * 100, limit)
    assert len(code.strip("` ")) <= limit + 1
    assert not code or code.rstrip("` ").endswith("…") or len(text * 100) <= limit


def test_arguments_read_as_a_person_writes() -> None:
    given_ = {"city": "Berlin", "days": 3, "units": ["mm"]}
    assert shown.arguments(given_) == '`city: Berlin, days: 3, units: ["mm"]`'
    assert shown.arguments({}) == ""


@given(wild)
def test_a_name_is_plain_text(text: str) -> None:
    assert not set(shown.name(text)) & set("<>[]()*`\n!")


@pytest.mark.parametrize("depth", range(900, 1000))
def test_arguments_that_can_just_be_read_are_shown_somehow(depth: int) -> None:
    """JSON is read to a depth at which it cannot be written any more."""
    read = parsed('{"x": ' + "[" * depth + "]" * depth + "}")
    assert read is None or "x" in shown.arguments(read)
