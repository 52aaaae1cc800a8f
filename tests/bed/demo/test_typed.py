"""The demo's own line, where the terminal shows nothing by itself."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from .terminal import Terminal
from .typed import Typed


@pytest.mark.parametrize(
    ("pressed", "complete", "left"),
    [
        (b"why?", [], "why?"),
        (b"why?\r", ["why?"], ""),
        (b"one\ntwo\nthr", ["one", "two"], "thr"),
        (b"whz\x7fy", [], "why"),
        (b"gr\xc3\xbc\xc3\x9fe\b\b", [], "grü"),
        (b"not this\x15this", [], "this"),
        (b"two words\x17", [], "two "),
        (b"a\x1b[D\x1b[1;5C\x1bOHb\x1bc", [], "ab"),
        (b"a\tb\x00\x07", [], "a b"),
        (b"not empty\x04", [], "not empty"),
    ],
)
def test_keys_do_what_they_do_in_a_terminal(
    pressed: bytes, complete: list[str], left: str
) -> None:
    typed = Typed()
    assert typed.keys(pressed) == complete
    assert (typed.line, typed.ended) == (left, False)


def test_ctrl_d_ends_it_where_the_line_is_empty() -> None:
    typed = Typed()
    assert typed.keys(b"bye\n\x04") == ["bye"]
    assert typed.ended


@given(st.lists(st.sampled_from([b"a", "ü".encode(), b"\x1b[A", b"\x7f", b"\n", b"\x1b", b" "])))
def test_it_does_not_matter_how_the_keys_come_together(keys: list[bytes]) -> None:
    pressed = b"".join(keys)
    at_once, one_by_one = Typed(), Typed()
    complete = [line for byte in pressed for line in one_by_one.keys(bytes([byte]))]
    assert at_once.keys(pressed) == complete
    assert at_once.line == one_by_one.line


def test_what_is_being_typed_is_shown() -> None:
    screen = io.StringIO()
    with Terminal(Console(file=screen, force_terminal=True, width=60)) as terminal:
        terminal.typed("and the sea", 2)
    assert "2 more in line" in screen.getvalue()
    assert "and the sea" in screen.getvalue()
