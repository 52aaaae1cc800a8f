"""Why a model stopped, in the words of every API."""

from __future__ import annotations

import pytest

from llmstream.finish_reasons import ended_early, finish_reason


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("STOP", "stop"),
        ("FINISH_REASON_STOP", "stop"),
        ("content-filter", "content_filter"),
        ("end_turn", "stop"),
        ("MAX_TOKENS", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
        ("SAFETY", "content_filter"),
        ("tired", "tired"),
    ],
)
def test_each_api_has_its_own_word(said: str, ours: str) -> None:
    assert finish_reason(said) == ours


@pytest.mark.parametrize("reason", ["", "stop", "tool_calls"])
def test_an_answer_that_ends_by_itself_is_whole(reason: str) -> None:
    assert ended_early(reason) == ""


@pytest.mark.parametrize("reason", ["length", "content_filter", "pause_turn", "error", "x`<b>y"])
def test_any_other_end_is_said_in_a_plain_sentence(reason: str) -> None:
    sentence = ended_early(reason)
    assert sentence.endswith(".")
    assert not set("`<>") & set(sentence)
