"""Where a growing text may be parted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.markdown.boundaries import Boundaries
from llmstream.markdown.html import to_html

PIECES = ["a", "b c", "\n", "\n\n", "```\n", "~~~\n", "- ", "1. ", "> ", "    ", "# ", "$$\n", "`"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
MARKED = [
    "a paragraph^, and more\n\n|the next",
    "a paragraph\n\n^|the next",
    "a paragraph^\n\n",
    "# a heading^\n\n|text",
    "```\ncode^\n\nmore\n```\n\n|text",
    "```\n~~~\ncode^\n\nmore\n```\n\n|text",
    "~~~~\n```\ncode^\n\n~~~\n\nmore\n~~~~\n\n|text",
    "```\nnever^ closed\n\nmore",
    "- one^\n\n|- two",
    "- one^\n- two\n\n|text",
    "- one^\n\n  more of it\n\n|- two",
    "1. one\n   - inner^\n\n   - inner\n\n|2. two",
    "> quoted^\n>\n> more\n\n|text",
    "$$\na^\n$$\n\n|text",
    "| a^ | b |\n|---|---|\n| 1 | 2 |\n\n|text",
    "<details>\n\nhidden^\n\n</details> rest\n\n|text",
    "a^\r\n\r\n|b",
]


@pytest.mark.parametrize("marked", MARKED)
def test_a_part_ends_with_the_block_that_it_began_in(marked: str) -> None:
    head, _, tail = marked.partition("^")
    at, bar = len(head), tail.rfind("\n|")
    rest = tail if bar < 0 else tail[: bar + 1] + tail[bar + 2 :]
    if tail.startswith("|"):
        bar, rest = -1, tail[1:]
        assert Boundaries().after(head + rest, at) == at
        return
    expected = len(head + rest) if bar < 0 else len(head) + bar + 1
    assert Boundaries().after(head + rest, at) == expected


@given(TEXTS, st.integers(0, 60))
def test_a_growing_text_is_parted_as_a_finished_one(text: str, at: int) -> None:
    growing = Boundaries()
    for end in range(0, len(text) + 1, 3):
        growing.after(text[:end], at)
    assert growing.after(text, at) == Boundaries().after(text, at)


@given(TEXTS, st.integers(0, 60))
def test_a_boundary_once_passed_stays(text: str, at: int) -> None:
    growing, passed = Boundaries(), None
    for end in range(at, len(text) + 1):
        found = growing.after(text[:end], at)
        if passed is not None:
            assert found == passed
        elif found < end and text[found:end].strip() and "\n" in text[found:end]:
            passed = found


def _words(html: str) -> str:
    """What is shown, without what tells a loose list from a tight one, or parts it."""
    for tag in ("<p>", "</p>", "<ul>", "</ul>", "<ol>", "</ol>", "\n", ' start="1"'):
        html = html.replace(tag, "")
    return html


@given(TEXTS, st.integers(0, 60))
def test_both_parts_read_as_before(text: str, at: int) -> None:
    found = Boundaries().after(text, at)
    parted = to_html(text[:found]) + to_html(text[found:])
    assert _words(parted).replace('<ol start="1">', "") == _words(to_html(text))
