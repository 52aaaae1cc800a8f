"""Texts that are made to break things: no exception, nothing lost, no time that grows out of hand.

How long they take is measured by the bench; here a quadratic step would meet the timeout.
"""

import pytest

from llmstream.markdown.heal import heal
from llmstream.markdown.html import StreamRenderer, to_html
from llmstream.markdown.split import cut

from .allowed import visible

pytestmark = pytest.mark.slow

MEGABYTE = 1_000_000
UNITS = {
    **{character: character for character in "[]()*_~`|<>&!\\$#+-=@:.\t\n"},
    "quotes": "> ",
    "items": "- ",
    "fences": "```\n",
    "tilde fences": "~~~x\n",
    "images": "![",
    "links": "[a](",
    "empty links": "[](",
    "references": "[a][b] ",
    "definitions": "[a]:\n",
    "emphasis": "*a **b ",
    "closers": "a** b* ",
    "tags": "<sub>",
    "half tags": "<a ",
    "maths": "$a ",
    "display maths": "$$\n",
    "brackets of maths": "\\(",
    "spoilers": "||a ",
    "rows": "|a|\n",
    "details": "<details>\n",
    "footnotes": "[^1]: ",
    "nul": "\x00",
    "surrogates": "\ud800",
    "overrides": "\u202e",
    "marks": "\u0301",
}


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_a_megabyte_of_it_is_healed_rendered_and_cut(unit: str) -> None:
    text = unit * (MEGABYTE // len(unit))
    heal(text).encode()
    rest, opening, pieces = text, "", 0
    while pieces < 3 and (found := cut(rest, lambda piece: len(piece) < 30_000, opening=opening)):
        assert found.end > 0
        rest, opening = rest[found.end :], found.opening
        pieces += 1


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_a_whole_message_of_it_is_painted(unit: str) -> None:
    text = unit * (60_000 // len(unit))
    visible(to_html(text))
    renderer = StreamRenderer()
    for end in range(0, len(text), 15_000):
        renderer.paint(text[:end]).encode()


@pytest.mark.parametrize("unit", ["[", "(", "!", "&", "<", "+", "@", "|", "\u0301", "x"])
def test_characters_that_mean_nothing_are_all_shown(unit: str) -> None:
    text = "a" + unit * 20_000
    assert visible(to_html(text)) == text


def test_deep_quotes_of_many_lines_are_bounded() -> None:
    visible(to_html("".join(">" * depth + " a\n" for depth in range(400))))
    visible(to_html("".join("  " * depth + "- a\n" for depth in range(400))))


def test_a_picture_in_a_picture_in_a_picture() -> None:
    visible(to_html("![" * 2000 + "](x)" * 2000))
