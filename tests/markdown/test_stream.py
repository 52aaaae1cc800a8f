"""Painting a growing text gives what painting it whole would give."""

import gc
from collections.abc import Sequence
from weakref import ref

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmstream.markdown.blocks import Block
from llmstream.markdown.heal import heal
from llmstream.markdown.html import StreamRenderer, to_html

from .texts import ANSWER, markdown

cuts = st.lists(st.floats(0, 1), max_size=6)


@given(markdown | st.just(ANSWER), cuts)
@example("a\n\n[x]: /u\n- b\n\n\n- c\n", [0.2, 0.5, 0.9])
@example("[a][b]\n\n- x\n- y\n\n[b]: https://x.org\n", [0.1, 0.4, 0.6, 0.8])
def test_a_paint_depends_on_its_text_alone(text: str, shares: Sequence[float]) -> None:
    renderer = StreamRenderer()
    for share in shares:
        part = text[: int(share * len(text))]
        assert renderer.paint(part) == to_html(heal(part))
        assert renderer.paint(part, final=True) == to_html(part)
    assert renderer.paint(text, final=True) == to_html(text)


@given(st.lists(markdown, max_size=4))
def test_the_text_may_be_replaced(texts: Sequence[str]) -> None:
    renderer = StreamRenderer()
    for text in texts:
        assert renderer.paint(text) == StreamRenderer().paint(text)


@pytest.mark.slow
@settings(max_examples=30)
@given(markdown, st.integers(2, 12))
def test_long_texts_painted_bit_by_bit_end_the_same(text: str, times: int) -> None:
    long = (text + "\n\nword *em* [l][r]\n") * (times * 60)
    renderer = StreamRenderer()
    for end in range(0, len(long), 5_000):
        renderer.paint(long[:end])
    assert renderer.paint(long, final=True) == to_html(long)


@pytest.mark.slow
def test_every_prefix_of_an_answer_paints_like_the_whole_of_it() -> None:
    renderer = StreamRenderer()
    for cut in range(len(ANSWER) + 1):
        assert renderer.paint(ANSWER[:cut]) == to_html(heal(ANSWER[:cut])), ANSWER[:cut]


def test_a_list_becomes_loose_when_a_blank_line_comes() -> None:
    renderer = StreamRenderer()
    assert "<p>" not in renderer.paint("- a\n- b\n")
    assert renderer.paint("- a\n- b\n\n- c").count("<p>") == 3


@pytest.mark.slow
@pytest.mark.parametrize("line", ["", "> ", "- ", "  "])
@pytest.mark.parametrize("end", [" ", "\n"])
@pytest.mark.parametrize("step", [61, 997])
def test_a_long_paragraph_grows_as_if_rendered_whole(line: str, end: str, step: int) -> None:
    text = (f"{line}some *words* and `code`, a [link](https://example.org/x) and more.{end}") * 99
    renderer = StreamRenderer()
    for cut in range(0, len(text), step):
        assert renderer.paint(text[:cut]) == to_html(heal(text[:cut]))


@pytest.mark.slow
@pytest.mark.parametrize("line", [" ", "\n", "\n> "])
@pytest.mark.parametrize("begin", ["see `", "see [the **`", "|| a ~~b $c$ `"])
@pytest.mark.parametrize("end", ["` and *more*" * 300, "", " word" * 1_000])
def test_long_code_grows_as_if_rendered_whole(line: str, begin: str, end: str) -> None:
    text = begin + f"x = *y*;{line}" * 700 + end
    renderer = StreamRenderer()
    for cut in range(0, len(text), 797):
        assert renderer.paint(text[:cut]) == to_html(heal(text[:cut]))


def test_what_was_read_goes_with_its_painter_and_waits_for_no_collector() -> None:
    text = ANSWER + "- a\n  > b\n" * 40 + "\n| a |\n|---|\n" + "| [b][c] |\n" * 40
    renderer = StreamRenderer()
    renderer.paint(text)
    blocks = [ref(one) for one in gc.get_objects() if isinstance(one, Block)]
    assert len(blocks) > 200
    kept = sum(one() is not None for one in blocks)
    gc.disable()
    try:
        renderer.paint(text, final=True)
        del renderer
        assert sum(one() is not None for one in blocks) <= kept - 200
    finally:
        gc.enable()
