"""Why a model stopped, in the words of every API."""

from __future__ import annotations

import pytest

from llmstream.finish_reasons import finish_reason


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("STOP", "stop"),
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
