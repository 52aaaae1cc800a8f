"""Calls as models really write them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.bot.tools.call_reading import parsed, sendable, tool_name
from llmstream.chunks import ToolCall

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", {}),
        ("  ", {}),
        ("null", {}),
        ('""', {}),
        ("{}", {}),
        ('{"a": 1}', {"a": 1}),
        (' {"a": 1}\n', {"a": 1}),
        ('{"a": 1}{"a": 1}', {"a": 1}),
        ('{}{"a": 1}', {"a": 1}),
        ('{"a": 1}\n\n{"a": 1}', {"a": 1}),
        ('"{\\"a\\": 1}"', {"a": 1}),
        (r'{"a": "\ud83d\ude00"}', {"a": "😀"}),
        (r'{"a\ud83d": ["\udc00", {"b": "\u0000"}]}', {"a\ufffd": ["\ufffd", {"b": "\ufffd"}]}),
        ('{"a": 1}{"a": 2}', None),
        ('{"a": 1', None),
        ("[1]", None),
        ("3", None),
        ('"text"', None),
        ('{"a": 1} and so on', None),
        ("{" * 100_000, None),
        ('{"a":' * 500 + "1" + "}" * 500, None),
        ("{}" * 100_000, None),
        ('{"a": NaN}', None),
        ('{"a": [-1e999]}', None),
        ('{"a": ' + "9" * 5_000 + "}", None),
    ],
)
def test_arguments_are_what_the_model_means(written: str, meant: dict[str, Any] | None) -> None:
    assert parsed(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("odd__echo", "odd__echo"),
        ("odd__echo<|channel|>commentary", "odd__echo"),
        ("odd__echo<|constrain|>json", "odd__echo"),
        ("functions.odd__echo", "odd__echo"),
        (" odd__echo \n", "odd__echo"),
        ("odd__echo:", "odd__echo"),
        ("odd.echo", "odd_echo"),
        ("", "none"),
        ("<|channel|>", "none"),
        ("rm -rf\0 " + "x" * 10_000, "rm_-rf__" + "x" * 56),
    ],
)
def test_a_name_is_the_tools(written: str, meant: str) -> None:
    assert tool_name(written) == meant


@given(st.text())
def test_any_name_is_one_that_providers_take_back(written: str) -> None:
    assert re.fullmatch("[a-zA-Z0-9_-]{1,64}", tool_name(written))


@given(st.dictionaries(st.text(), values, max_size=3) | values, st.sampled_from(["", "{}", "x"]))
def test_what_goes_back_is_an_object_that_can_be_sent_and_means_the_same(
    value: Any, after: str
) -> None:
    written = json.dumps(value) + after
    sent = sendable(ToolCall("1", "t", written)).arguments
    sent.encode()
    again = parsed(sent)
    assert isinstance(json.loads(sent), dict)
    assert again == (parsed(written) or {})


def test_good_arguments_go_back_as_they_came() -> None:
    call = ToolCall("1", "t", '{"b": 1,   "a": "\\u00fc"}')
    assert sendable(call) is call
