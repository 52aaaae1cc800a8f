"""Calls as the person sees them who has to approve them: all of each, and nothing hidden."""

from __future__ import annotations

import ast
import json
import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.bot.tools.exact import LARGEST, size, written_out
from llmstream.markdown.html import to_html

tricky = st.text(st.sampled_from('ab`~"\\\n\t \u202e\u200b\u3164\u0301é日😀<&>*_#')) | st.text()
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | tricky,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(tricky, inner, max_size=4),
    max_leaves=8,
)


def shown(arguments: dict[str, Any]) -> str:
    """The words in the code block, as a client has them."""
    written = written_out("t", arguments)
    assert written is not None
    (code,) = re.findall("<pre><code>(.*?)</code></pre>", to_html(written), re.DOTALL)
    return unescape(code)


def read(code: str) -> Any:
    """Pieces of text in a row are one, in Python too."""
    words = {"true": "True", "false": "False", "null": "None", "Infinity": "1e999"}
    tokens = re.split(r'("(?:[^"\\]|\\.)*")', code)
    for at, token in enumerate(tokens):
        if at % 2:
            tokens[at] = repr(json.loads(token))
        else:
            tokens[at] = re.sub("[a-zI]{4,}", lambda found: words.get(found[0], found[0]), token)
    return ast.literal_eval("".join(tokens))


@given(st.dictionaries(tricky, values, max_size=4))
def test_what_is_shown_says_all_of_the_arguments(arguments: dict[str, Any]) -> None:
    written = written_out("t", arguments)
    if written is not None:
        assert size(written) <= LARGEST
        assert read(shown(arguments)) == arguments


@given(st.dictionaries(tricky, values, max_size=4))
def test_nothing_in_it_is_hidden(arguments: dict[str, Any]) -> None:
    written = written_out("t", arguments)
    for line in (written or "").split("\n"):
        assert line.isprintable()
        assert len(line) < 200


@given(st.dictionaries(tricky, values, max_size=3), st.dictionaries(tricky, values, max_size=3))
def test_calls_that_differ_look_different(one: dict[str, Any], other: dict[str, Any]) -> None:
    if json.dumps(one) != json.dumps(other):
        assert written_out("t", one) is None or written_out("t", one) != written_out("t", other)


def test_a_line_break_is_one() -> None:
    assert shown({"command": "echo ok\nrm -rf /srv"}) == (
        '{\n  "command": \n    "echo ok\\n"\n    "rm -rf /srv"\n}\n'
    )


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\u202eb", r"a\u202eb"),
        ("a\u200bb", r"a\u200bb"),
        ("a\u00a0b", r"a\u00a0b"),
        ("a\u3164b", r"a\u3164b"),
        ("a\ufe0fb", r"a\ufe0fb"),
        ("a\rb", r"a\rb"),
        ("a\u2028b", r"a\u2028b"),
        ("\U000e0041", r"\udb40\udc41"),
        ("\ud800", r"\ud800"),
        ("x" + "\u0301" * 5, "x" + "\u0301" * 3 + r"\u0301\u0301"),
        ("Grüße, 日本, नमस्ते", "Grüße, 日本, नमस्ते"),
    ],
)
def test_what_cannot_be_seen_is_escaped(text: str, seen: str) -> None:
    assert f'"{seen}"' in shown({"text": text})


def test_nothing_stands_beyond_the_edge_of_a_screen() -> None:
    lines = shown({"command": "echo ok" + " " * 500 + "; rm -rf /srv"}).split("\n")
    assert max(map(len, lines)) < 100
    assert any("rm -rf" in line for line in lines)


@pytest.mark.parametrize(
    "arguments",
    [
        {"text": "x" * 10**6},
        {"text": "\n" * 3_000},
        {"text": "😀" * 1_000},
        {"text": '"' * 3_000},
        {"list": list(range(10**6))},
        {"x" * 100: 1},
        {"number": 10**100},
    ],
)
def test_what_is_too_large_is_not_shown_at_all(arguments: dict[str, Any]) -> None:
    assert written_out("t", arguments) is None


def test_what_is_too_deep_is_not_shown_at_all() -> None:
    deep: Any = "rm"
    for _ in range(100_000):
        deep = [deep]
    assert written_out("t", {"x": deep}) is None
