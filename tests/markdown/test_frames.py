"""What is seen of an answer while it is written: nothing made up, and little that changes."""

import re
from collections import Counter
from html import unescape

import pytest
from hypothesis import given

from llmstream.markdown.html import StreamRenderer, to_html
from llmstream.markdown.plain import clean

from .allowed import visible
from .texts import ANSWERS, markdown

_ENTITY = re.compile(r"&#?\w+;")
_NOT_WRITTEN = str.maketrans("", "", " \n☐☑")  # a task's box is drawn


def invented(text: str, html: str) -> str:
    """The characters that are seen and do not stand in the text."""
    text = clean(text)
    written = Counter(text) | Counter(_ENTITY.sub(lambda entity: unescape(entity[0]), text))
    seen = Counter(visible(html).translate(_NOT_WRITTEN))
    if "[^" in text:  # footnotes are counted
        seen = Counter({letter: n for letter, n in seen.items() if not letter.isdecimal()})
    return "".join((seen - written).elements())


@given(markdown)
def test_a_frame_shows_no_character_that_nobody_wrote(text: str) -> None:
    renderer = StreamRenderer()
    for end in range(len(text) + 1):
        assert not invented(text[:end], renderer.paint(text[:end]))
    assert not invented(text, to_html(text))


@pytest.mark.slow
@pytest.mark.parametrize("text", ANSWERS.values(), ids=ANSWERS)
def test_no_beginning_of_an_answer_shows_a_character_that_nobody_wrote(text: str) -> None:
    renderer = StreamRenderer()
    for end in range(len(text) + 1):
        html = renderer.paint(text[:end])
        assert not invented(text[:end], html), text[max(end - 60, 0) : end]
        assert not re.search(r"<(strong|em|del)>[^/]*<\1>", html)


@pytest.mark.slow
def test_nearly_every_frame_of_an_answer_is_a_beginning_of_it() -> None:
    frames = stable = 0
    for text in ANSWERS.values():
        whole, renderer = visible(to_html(text)), StreamRenderer()
        for end in range(5, len(text), 5):
            frames += 1
            stable += whole.startswith(visible(renderer.paint(text[:end])))
    assert stable / frames > 0.96  # nearly all others are a bracket that might have been a link's
