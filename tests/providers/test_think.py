"""Reasoning inside a text, however it is cut."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmstream.chunks import Reasoning, Text, WasReasoning
from llmstream.document import Document
from llmstream.providers.think import Piece, ThinkDecoder


def decoded(*pieces: str) -> list[Piece]:
    """The chunks of a text, with neighbours of one kind joined."""
    decoder = ThinkDecoder()
    chunks = [chunk for piece in pieces for chunk in decoder.feed(piece)] + decoder.flush()
    joined: list[Piece] = []
    for chunk in chunks:
        last = joined[-1] if joined else None
        if isinstance(chunk, Text) and isinstance(last, Text):
            joined[-1] = Text(last.text + chunk.text)
        elif isinstance(chunk, Reasoning) and isinstance(last, Reasoning):
            joined[-1] = Reasoning(last.text + chunk.text)
        else:
            joined.append(chunk)
    return joined


def document(*pieces: str) -> tuple[str, str]:
    """The text and the reasoning that come of it."""
    made = Document()
    for chunk in decoded(*pieces):
        made.add(chunk)
    return made.text, made.reasoning


@pytest.mark.parametrize("name", ["think", "thinking", "Thought", "REASONING", "seed:think"])
def test_a_thought_at_the_beginning_is_reasoning(name: str):
    text = f"<{name}>Hm.</{name}>\n\nBlue."
    assert decoded(text) == [Reasoning("Hm."), Text("\n\nBlue.")]


@pytest.mark.parametrize(
    "text",
    [
        "<thought>plan</thought>Hello",
        "[THINK]plan[/THINK]Hello",
        "◁think▷plan◁/think▷Hello",
        "<|begin_of_thought|>plan<|end_of_thought|><|begin_of_solution|>Hello<|end_of_solution|>",
        "<|START_THINKING|>plan<|END_THINKING|><|START_RESPONSE|>Hello<|END_RESPONSE|>",
        "<|channel>thought\nplan<channel|>Hello",
        "<|channel|>analysis<|message|>plan<|end|>"
        "<|start|>assistant<|channel|>final<|message|>Hello",
        "<|channel|>analysis<|message|>plan<|start|>assistant<|channel|>final<|message|>Hello"
        "<|return|>",
        "plan</think>\n\nHello",
        "plan\n</think>\n\nHello",
        "plan\n</THINK>Hello",
        "plan[/THINK]\nHello",
    ],
)
def test_every_spelling_of_thoughts_is_told_apart(text: str):
    for at in range(len(text)):
        said, thought = document(text[:at], text[at:])
        assert (said, thought.strip()) == ("Hello", "plan")


def test_a_closing_mark_alone_says_that_all_before_it_was_reasoning():
    assert decoded("I should greet.\n</think>\n\nHello!") == [
        Text("I should greet.\n"),
        WasReasoning(),
        Text("Hello!"),
    ]


def test_where_a_model_is_known_to_leave_out_the_opening_mark_nothing_is_shown_too_early():
    decoder = ThinkDecoder("</think>")
    assert decoder.feed("I should greet.\n") == []
    assert decoder.feed("</think>\n\nHello!") == [Reasoning("I should greet.\n"), Text("Hello!")]
    assert decoder.closed_alone == "</think>"


def test_such_a_model_may_answer_without_thinking_once():
    decoder = ThinkDecoder("</think>")
    assert decoder.feed("Hello!") == []
    assert decoder.flush() == [Text("Hello!")]
    assert decoder.closed_alone == ""


def test_a_mark_that_nothing_closes_was_a_word_of_the_answer():
    text = "Models use marks.\n\n<think> is one of them.\n\nAnd so on."
    assert decoded(text) == [Text(text)]


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
        "It ends with </think> and goes on.",
        "First `<think>`, and at the end\n</think>\nthe other one.",
        "```\n</think>\n```\n",
        "The end is `</think>`",
        "gpt-oss writes <|channel|>analysis<|message|> before it thinks.",
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
        [
            *("<think>", "</think>", "<thinking>", "</thinking>", "\n", "\n\n", "```", "~~~", " "),
            *("<", "[THINK]", "[/think]", "<|channel|>", "<|message|>", "<|end|>", "final"),
        ]
    )
    | st.text(max_size=6)
).map("".join)


@given(TEXTS, st.data())
def test_cuts_make_no_difference(text: str, data: st.DataObject):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert decoded(*pieces) == decoded(text)


_MARKS = r"(?: {0,3}(?:</?think(?:ing)?>|\[/?think\]|<\|(?:channel|message|end)\|>)(?:final)?)*"


@given(TEXTS)
@example("<think><think><think></think><think><think><think>")
def test_nothing_is_lost_but_the_marks(text: str):
    decoder = ThinkDecoder()
    chunks = decoder.feed(text) + decoder.flush()
    kept = [re.escape(chunk.text) for chunk in chunks if not isinstance(chunk, WasReasoning)]
    marks = rf"{_MARKS}\s*{_MARKS}" if WasReasoning() in chunks else _MARKS
    if "<|" not in text:
        pattern = marks + "".join(piece + marks for piece in kept)
        assert re.fullmatch(pattern, text, re.IGNORECASE)


def test_a_flood_of_lines_holds_nobody_up(pace: Callable[[], float]):
    decoder, began = ThinkDecoder(), time.process_time()
    decoder.feed("\n" * 500_000)
    decoder.feed("x" * 500_000)
    decoder.feed("<think>" * 100_000)
    assert time.process_time() - began < 2 * pace()
