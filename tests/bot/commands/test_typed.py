"""What was typed after `!llm`, without a room: pure functions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.bot.commands.changing import read_typed
from llmstream.bot.commands.models import check_model, is_offered
from llmstream.bot.commands.scopes import Everywhere, OneRoom
from llmstream.bot.commands.status import allowance, stream_mode, trigger
from llmstream.bot.config import ConfigError, RoomSettings
from llmstream.bot.phrases import code
from llmstream.bot.room.triggers import Situation
from llmstream.matrix.reading.delivery import Delivery
from llmstream.matrix.sending.account import Counters

ROOM = "!room:here"
TO_SIGNAL = Delivery(edits=False, why="this room is bridged to Signal")


def test_the_value_is_all_that_follows_the_key_lines_too():
    typed = read_typed("System_Prompt Be brief.\n\n  Be kind.", ROOM)
    assert typed.scope == OneRoom(ROOM)
    assert (typed.key, typed.value) == ("system_prompt", "Be brief.\n\n  Be kind.")


@pytest.mark.parametrize("flag", ["--everywhere", "—everywhere", "–everywhere", "--Everywhere"])
def test_everywhere_may_stand_first_or_last_with_the_dashes_of_phones(flag: str):
    for text in (f"{flag} trigger all", f"trigger all {flag}"):
        typed = read_typed(text, ROOM)
        assert typed.scope == Everywhere(ROOM)
        assert (typed.key, typed.value) == ("trigger", "all")


def test_everywhere_within_a_text_is_part_of_it():
    text = "system_prompt say --everywhere twice"
    assert read_typed(text, ROOM).scope == OneRoom(ROOM)
    assert read_typed(text, ROOM).value == "say --everywhere twice"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ('"a b"', "a b"),
        ("“a b”", "a b"),
        ("''", ""),
        ('"', '"'),
        ('"a" and "b"', '"a" and "b"'),
        ("it's", "it's"),
        ("'a\"", "'a\""),
    ],
)
def test_one_pair_of_quotes_around_all_of_it_is_optional(typed: str, meant: str):
    assert read_typed(f"placeholder {typed}", ROOM).unquoted == meant


@given(st.text())
def test_anything_can_be_typed(text: str):
    typed = read_typed(text, ROOM)
    assert typed.key == typed.key.lower()
    assert typed.value in text
    assert typed.unquoted in typed.value


@given(st.text())
def test_a_value_never_leaves_its_code_span_nor_its_line(text: str):
    shown = code(text)
    assert shown.startswith("`")
    assert shown.endswith("`")
    assert "`" not in shown[1:-1]
    assert len(shown.splitlines()) == 1


@pytest.mark.parametrize(
    ("model", "offered"),
    [
        ("llama3.2", True),
        ("llama3.2:latest", True),
        ("claude-sonnet-4-5", True),
        ("claude-sonnet-4-5-latest", True),
        ("gpt-5", True),
        ("gpt", False),
        ("claude", False),
        ("llama3", False),
        ("", False),
    ],
)
def test_versions_and_tags_of_a_model_need_not_be_typed(model: str, offered: bool):
    known = ["llama3.2:latest", "claude-sonnet-4-5-20250929", "gpt-5-2025-08-07"]
    assert is_offered(model, known) is offered


def test_an_unknown_model_is_refused_with_what_may_be_meant():
    with pytest.raises(ConfigError, match=r"`work` has no model `gtp-5`.*did you mean `gpt-5`"):
        check_model("gtp-5", ["gpt-5", "whisper-1"], "work")


def test_the_way_an_answer_is_shown_comes_with_its_reason():
    by_itself = RoomSettings()
    assert stream_mode(by_itself, Delivery()) == "edits, at most every 500 ms and 60 a message"
    assert stream_mode(by_itself, TO_SIGNAL).endswith(": this room is bridged to Signal")
    assert stream_mode(RoomSettings(stream="single"), Delivery()).endswith(": set so")
    forced = stream_mode(RoomSettings(stream="edits"), TO_SIGNAL)
    assert forced.startswith("edits, ")
    assert forced.endswith("(set so, though this room is bridged to Signal)")


def test_a_direct_chat_answers_all_and_says_why():
    place = Situation("@llm:here", "LLM", frozenset({"ask"}), trigger="command", is_direct=True)
    assert trigger(place) == "all, since this is a direct chat"


def test_the_rate_limit_is_told_as_it_was_met():
    assert allowance(Counters()) == "no rate limit met"
    met = Counters(rate=0.2, size=10.0, available=3.2, rate_limited=1)
    assert allowance(met) == (
        "about 12 events a minute, 10 at once, 3 of them now; refused 1 time for more"
    )
