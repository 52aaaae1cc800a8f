"""Answers too large for one event: where they are cut, and how they go on."""

import re
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from llmstream.markdown.html import to_html
from llmstream.markdown.split import BlockEnds, cut

from .allowed import visible
from .texts import ANSWER, markdown


def messages(text: str, fits: Callable[[str], bool]) -> list[tuple[str, str, str]]:
    """What is opened again, shown, and closed in each message."""
    found, rest, opening = [], text, ""
    while (at := cut(rest, fits, opening=opening)) is not None:
        assert at.end > 0
        found.append((opening, rest[: at.end], at.closing))
        rest, opening = rest[at.end :], at.opening
    return [*found, (opening, rest, "")]


def smaller_than(size: int) -> Callable[[str], bool]:
    return lambda piece: len(piece.encode("utf-8", "replace")) <= size


def test_what_fits_is_not_cut() -> None:
    assert cut(ANSWER, smaller_than(10_000)) is None


@given(markdown | st.just(ANSWER), st.integers(120, 500))
def test_the_pieces_add_up_and_fit(text: str, size: int) -> None:
    text = text * 5
    found = messages(text, smaller_than(size))
    assert "".join(piece for _, piece, _ in found) == text
    assert all(len("".join(parts).encode("utf-8", "replace")) <= size for parts in found)


@given(st.text(min_size=1, max_size=30))
def test_there_is_always_progress(text: str) -> None:
    assert "".join(piece for _, piece, _ in messages(text, lambda piece: not piece)) == text


def test_a_block_boundary_is_best() -> None:
    text = "First paragraph, of some length.\n\nSecond one, which is as long as this.\n\nThird."
    assert [piece for _, piece, _ in messages(text, smaller_than(75))] == [
        "First paragraph, of some length.\n\nSecond one, which is as long as this.\n\n",
        "Third.",
    ]


def test_a_heading_stays_with_what_follows() -> None:
    text = "Text of some length, words and words.\n\n## Heading\n\nWhat stands below it, in words."
    assert messages(text, smaller_than(70))[1][1].startswith("## Heading")


def test_a_code_block_goes_on_in_its_language() -> None:
    text = "```python\n" + "print('x')\n" * 30 + "```\nafter\n"
    found = messages(text, smaller_than(120))
    assert all(opening == "```python\n" for opening, _, _ in found[1:-1])
    assert all(closing.strip() == "```" for _, _, closing in found[:-1])
    assert all(piece.endswith("\n") for _, piece, _ in found[:-1])


def test_a_code_block_in_a_list_goes_on_in_the_list() -> None:
    text = "1. a\n2. b\n\n   ```sh\n" + "   echo x\n" * 30 + "   ```\n"
    opening, piece, closing = messages(text, smaller_than(120))[1]
    html = to_html(opening + piece + closing)
    assert html.startswith('<ol start="2">\n<li>\n<pre><code class="language-sh">echo x\n')
    assert html.count("<pre>") == 1


def test_a_table_goes_on_under_its_header() -> None:
    text = "| a | b |\n|:--|--:|\n" + "| 1 | 2 |\n" * 40
    for opening, piece, _ in messages(text, smaller_than(150))[1:]:
        assert visible(to_html(opening + piece)).startswith("a b 1 2")


def test_a_numbered_list_goes_on_with_its_number() -> None:
    text = "".join(f"{n}. item number {n}\n" for n in range(1, 40))
    opening, piece, _ = messages(text, smaller_than(200))[1]
    number = piece.split(".")[0]
    assert f'<ol start="{number}">' in to_html(opening + piece)


def test_nested_items_stay_nested() -> None:
    text = "7. a\n" + "".join(f"   - nested item {n}\n" for n in range(30))
    opening, piece, _ = messages(text, smaller_than(200))[1]
    assert to_html(opening + piece).startswith('<ol start="7">\n<li>\n<ul>\n<li>nested')


def test_a_quote_goes_on_as_a_quote() -> None:
    text = "> " + "many words in a quote, " * 30
    for opening, piece, closing in messages(text, smaller_than(150)):
        assert to_html(opening + piece + closing).startswith("<blockquote>")


def test_bold_goes_on_as_bold() -> None:
    text = "**" + "many bold words " * 30 + "end**"
    for opening, piece, closing in messages(text, smaller_than(150)):
        assert "<strong>" in to_html((opening + piece).rstrip() + closing)


@pytest.mark.parametrize(
    ("unit", "parts"),
    [
        ("👩‍👩‍👧", "👩‍👧\u200d"),
        ("e\u0301", "\u0301"),
        ("🇩🇪", "🇪"),
        ("👍🏽", "🏽"),
        ("&amp;", "amp;"),
    ],
)
def test_no_character_is_cut_in_two(unit: str, parts: str) -> None:
    found = messages(unit * 200, smaller_than(101))
    assert len(found) > 1
    assert all(
        not piece.startswith(tuple(parts)) or piece.startswith(unit) for _, piece, _ in found
    )
    assert all(len(piece) % len(unit) == 0 for _, piece, _ in found)


def test_one_word_of_a_hundred_kilobytes_is_cut() -> None:
    found = messages("x" * 100_000, smaller_than(30_000))
    assert len(found) <= 5


def test_little_is_measured() -> None:
    asked: list[int] = []

    def fits(piece: str) -> bool:
        asked.append(len(piece))
        return len(piece) <= 30_000

    cut("some words and more\n" * 50_000, fits)
    assert len(asked) <= 14
    assert max(asked) <= 65_536


@given(markdown)
def test_a_text_that_fits_after_its_opening_is_left_alone(text: str) -> None:
    assume(len(text) < 1000)
    assert cut(text, smaller_than(10_000), opening="```python\n") is None


@pytest.mark.parametrize(
    "text",
    [
        "one¦ paragraph\non two lines\n\n|next",
        "one¦ paragraph\n|# Heading\n",
        "Heading¦\n---\n|next",
        "# Hea¦ding\n|next\n",
        "```\na¦\n\n\nb\n```\n|next",
        "````\na¦\n\n```\n\nb\n````\n|\nnext",
        "~~~\n¦```\n\n~~~\n|```\n\n```\n",
        "- a¦\n|- b\n",
        "1. a¦\n\n   more\n   - b\n\n|2. c\n",
        "> a¦\n> b\n\n|c\n",
        "| a¦ | b |\n|---|---|\n| 1 | 2 |\n\n|next",
        "<details>\n¦\na\n\n</details>\n|\nb",
        "$$\nx¦\n$$\n|next",
        "$$\nx¦\n$$ more\n\n|next",
        "<details>\n¦\na\n\n</details> more\n\n|next",
        "a¦\r\n\r\n|b\r\n",
        "a\n\n¦|b",
        "a¦ b|",
        "a¦\n|",
        "```\n¦a\n\nb|",
        "¦|a",
        "¦|",
    ],
)
def test_a_block_ends_where_something_else_may_stand(text: str) -> None:
    *before, end = text.replace("¦", "").split("|") if text.count("|") == 1 else _table(text)
    at = text.index("¦")
    assert BlockEnds().after("".join([*before, end]), at) == sum(map(len, before))


def _table(text: str) -> tuple[str, str]:
    before, _, end = text.replace("¦", "").rpartition("|")
    return before, end


PIECES = ["a", "b c", "\n", "\n\n", "```\n", "~~~\n", "- ", "1. ", "> ", "    ", "# ", "$$\n", "`"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.integers(0, 60))
def test_what_stands_before_and_behind_the_end_of_a_block_reads_as_before(
    text: str, at: int
) -> None:
    end = BlockEnds().after(text, at)
    parted = _shown(to_html(text[:end]) + to_html(text[end:]))
    assert parted == _shown(to_html(text))


def _shown(html: str) -> str:
    """The HTML without what tells a loose list from a tight one, or a list from two."""
    return re.sub(r'</?(p|ul|ol)( start="\d+")?>|\n', "", html)


@given(markdown | st.just(ANSWER), st.floats(0, 1), st.floats(0, 1))
def test_the_end_of_a_block_stays(text: str, where: float, now: float) -> None:
    at = int(where * len(text))
    early = text[: at + int(now * (len(text) - at))]
    ends = BlockEnds()
    found = ends.after(early, at)
    end = BlockEnds().after(text, at)
    assert at <= found <= len(early)
    assert found in (end, len(early))
    assert ends.after(text, at) == end
