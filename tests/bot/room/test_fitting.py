"""A conversation is cut at its beginning, by whole turns, and never to nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llmstream.bot.room.fitting import PICTURE, within, without_oldest_turns
from llmstream.messages import Image, Message

SYSTEM = Message("system", "be brief")
PAST = [
    Message("user", "a" * 10),
    Message("assistant", "b" * 10),
    Message("tool", "c" * 10, tool_call_id="1"),
    Message("user", "d" * 10),
    Message("assistant", "e" * 10),
]
QUESTION = Message("user", "why?")


def test_what_fits_is_kept() -> None:
    assert within([SYSTEM, *PAST, QUESTION], 1000) == [SYSTEM, *PAST, QUESTION]


def test_the_oldest_turn_goes_whole() -> None:
    assert within([SYSTEM, *PAST, QUESTION], 40) == [SYSTEM, *PAST[3:], QUESTION]


def test_the_question_stays_however_long_it_is() -> None:
    assert within([SYSTEM, *PAST, QUESTION], 0) == [SYSTEM, QUESTION]
    assert within([], 0) == []


def test_pictures_count() -> None:
    seen = Message("user", "", (Image("image/png", b""),))
    assert within([seen, QUESTION], PICTURE) == [QUESTION]


def test_a_refused_conversation_gets_shorter_until_the_question_is_left() -> None:
    messages = [SYSTEM, *PAST, QUESTION]
    lengths = []
    while len(messages) not in lengths:
        lengths.append(len(messages))
        messages = without_oldest_turns(messages)
    assert messages == [SYSTEM, QUESTION]


roles = st.sampled_from(["user", "assistant", "tool"])


@given(st.lists(st.builds(Message, roles, st.text(max_size=20))), st.integers(0, 100))
def test_what_is_kept_is_an_end_of_the_conversation(past: list[Message], most: int) -> None:
    messages = [SYSTEM, *past, QUESTION]
    kept = within(messages, most)
    assert kept[0] == SYSTEM
    assert kept[1:] == messages[len(messages) - len(kept) + 1 :]
    assert kept[-1] == QUESTION
    if len(kept) < len(messages):
        assert kept[1].role == "user"
