"""Reasoning inside a text, however it is cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.chunks import Reasoning, Text
from llmstream.providers.think import ThinkDecoder


def decoded(*pieces: str) -> list[Text | Reasoning]:
    """The chunks of a text, with neighbours of one kind joined."""
    decoder = ThinkDecoder()
    chunks = [chunk for piece in pieces for chunk in decoder.feed(piece)] + decoder.flush()
    joined: list[Text | Reasoning] = []
    for chunk in chunks:
        if joined and type(joined[-1]) is type(chunk):
            joined[-1] = type(chunk)(joined[-1].text + chunk.text)
        else:
            joined.append(chunk)
    return joined


@pytest.mark.parametrize("name", ["think", "thinking"])
def test_a_thought_at_the_beginning_is_reasoning(name: str):
    text = f"<{name}>Hm.</{name}>\n\nBlue."
    assert decoded(text) == [Reasoning("Hm."), Text("\n\nBlue.")]


@pytest.mark.parametrize("text", ["\n \n<think>Hm.</think>Blue.", "  <think>Hm.</think>Blue."])
def test_white_space_may_come_before_it(text: str):
    assert Reasoning("Hm.") in decoded(text)


def test_a_thought_after_a_blank_line_is_reasoning():
    text = "First.\n\n<think>Hm.</think>\nSecond."
    assert decoded(text) == [Text("First.\n\n"), Reasoning("Hm."), Text("\nSecond.")]


def test_a_thought_that_never_ends_is_reasoning():
    assert decoded("<think>Hm. </thi") == [Reasoning("Hm. </thi")]


@pytest.mark.parametrize(
    "text",
    [
        "The tag <think> opens a thought, </think> closes it.",
        "A line\n<think>in the middle of a paragraph</think>",
        "```html\n\n<think>code</think>\n```\n",
        "~~~~\n```\n\n<think>still code</think>\n~~~~\n",
        "    <think>indented code</think>",
        "`<think>`",
        "<thin",
        "<thinker>not it</thinker>",
    ],
)
def test_an_answer_about_such_tags_stays_as_it_is(text: str):
    assert decoded(text) == [Text(text)]


def test_after_a_code_block_a_thought_is_reasoning_again():
    assert Reasoning("Hm.") in decoded("```\ncode\n```\n\n<think>Hm.</think>")


def test_nothing_is_held_back_that_cannot_become_a_tag():
    decoder = ThinkDecoder()
    assert decoder.feed("Blue") == [Text("Blue")]
    assert decoder.feed(" <thi") == [Text(" <thi")]
    thinking = ThinkDecoder()
    assert thinking.feed("<think>Hm </thx") == [Reasoning("Hm </thx")]


TEXTS = st.lists(
    st.sampled_from(
        ["<think>", "</think>", "<thinking>", "</thinking>", "\n", "\n\n", "```", "~~~", " ", "<"]
    )
    | st.text(max_size=6)
).map("".join)


@given(TEXTS, st.data())
def test_cuts_make_no_difference(text: str, data: st.DataObject):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert decoded(*pieces) == decoded(text)


@given(TEXTS)
def test_nothing_is_lost_but_the_tags(text: str):
    decoder = ThinkDecoder()
    kept = [re.escape(chunk.text) for chunk in (*decoder.feed(text), *decoder.flush())]
    tags = "(?: {0,3}</?think(?:ing)?>)*"
    assert re.fullmatch(tags + "".join(piece + tags for piece in kept), text)
