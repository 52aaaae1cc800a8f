"""What nobody can know yet: each guess by itself, then what is seen of it."""

import pytest

from llmstream.markdown.guesses import (
    USUAL,
    Habits,
    definition,
    half_definition,
    header_from,
    is_literal,
    labels_wanted,
    may_be_version,
    reads_as_brackets,
)
from llmstream.markdown.heal import heal
from llmstream.markdown.html import to_html

from .allowed import visible

REFERS, BLANK = Habits(refers=True), Habits(blank=True)


@pytest.mark.parametrize(
    ("text", "habits", "wanted"),
    [
        ("see [the docs][d]", USUAL, {"D": True}),
        ("see [d][]", USUAL, {"D": True}),
        ("[![alt](https://x.org/i.png)][ci]", USUAL, {"CI": True}),
        ("![logo]", USUAL, {"LOGO": True}),
        (
            "[RFC 3986], [1.2.0], [#12], [@ann], [`code`]",
            USUAL,
            {"RFC 3986": True, "1.2.0": True, "#12": True, "@ANN": True, "`CODE`": True},
        ),
        ("by [Ann Lee]", USUAL, {"ANN LEE": False}),
        ("by [Ann Lee]", REFERS, {"ANN LEE": True}),
        ("Dear [Your Name], by [Ann Lee]", USUAL, {"ANN LEE": False}),
        ("so [1][2]", USUAL, {}),
        ("a[i][j]", USUAL, {}),
        ("`[a][b]`", USUAL, {}),
        ("a note[^1]", USUAL, {}),
        ("[a](https://x.org)", USUAL, {}),
    ],
)
def test_labels(text: str, habits: Habits, wanted: dict[str, bool]) -> None:
    assert dict(labels_wanted(text, habits)[0]) == dict.fromkeys(wanted.items())


@pytest.mark.parametrize(
    ("text", "habits", "stays"),
    [
        ("see [the docs", USUAL, False),
        ("Dear [Your", BLANK, True),
        ("Dear [Your", Habits(refers=True, blank=True), False),
        ("a[i", USUAL, True),
        ("x = y[", USUAL, True),
        ("f(x)[0", USUAL, True),
        ("PATH=[a", USUAL, True),
        ("文[档", USUAL, False),
        ("in [0, 1", USUAL, True),
        ("so [...", USUAL, True),
        ("[^1", USUAL, True),
        ("[ x", USUAL, True),
        ("a[![b", USUAL, False),
    ],
)
def test_brackets(text: str, habits: Habits, stays: bool) -> None:
    assert reads_as_brackets(text, text.index("["), len(text), habits) is stays


@pytest.mark.parametrize(
    ("text", "may_be"), [("as in [1", True), ("## [1.2", True), ("[1a", False), ("a[1", False)]
)
def test_versions(text: str, may_be: bool) -> None:
    assert may_be_version(text, text.index("["), len(text), USUAL) is may_be


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("2*3", True),
        ("2**31", True),
        ("n*m", True),
        ("all *.py", True),
        ("so /*comment", False),
        ("so *this", False),
        ("so **this", False),
        ("/_api", True),
        ("call _a_b() now", True),
        ("so _this", False),
        ("没有*强调", False),
    ],
)
def test_asterisks_and_underscores(text: str, stays: bool) -> None:
    at = min(text.find(marker) % len(text) for marker in "*_" if marker in text)
    run = 2 if text[at : at + 2] == "**" else 1
    assert is_literal(text, at, run) is stays


@pytest.mark.parametrize(
    ("line", "at"),
    [("| a | b", 0), ("a | b", 1), ("a || b", -1), ("a|b", -1), ("`a | b`", -1), ("||a||", -1)],
)
def test_headers(line: str, at: int) -> None:
    assert header_from(line) == at


@pytest.mark.parametrize(
    ("text", "half", "whole"),
    [
        ("[x", True, False),
        ("[x]", True, False),
        ("[x]: ", True, False),
        ("[x]: ht", False, True),
        ("[x]: https://x.org 'half a ti", True, False),
        ("[x] a", False, False),
        ("[^1]: note", False, False),
    ],
)
def test_definitions(text: str, half: bool, whole: bool) -> None:
    assert (half_definition(text), definition(text)) == (half, whole)


@pytest.mark.parametrize(
    "literal",
    [
        "[TOC]",
        "[Your Company]",
        "[The Cargo Book]",
        "[Figure 1]",
        "[see below]",
        "[ Optional ]",
        "no [row] of",
        "Outfit [WIP]",
        "[04.2024]",
        "3.8 % [1.3–10.5]",
        "is [0 2 2]",
        "so [1][2]",
        "['black']",
        "#![cfg]",
        "[[a b]]",
        "[**bold**]",
        "[0, 1]",
        "[...]",
        "[Ann]: Hello",
    ],
)
def test_brackets_that_are_seldom_references_are_shown(literal: str) -> None:
    assert visible(to_html(heal(literal + " and"))).startswith(literal.replace("*", ""))


@pytest.mark.parametrize(
    "reference",
    [
        "see [`code`].",
        "[RFC 3986] says",
        "by [RFC3986]:",
        "I ([@ann])",
        "[![alt](https://x.org/i.png)][The CI]",
        "[![alt]][ci]",
        "[a][b] [cd]",
    ],
)
def test_a_name_in_brackets_is_taken_for_a_reference(reference: str) -> None:
    assert "[" not in visible(to_html(heal(reference + "\n\nand")))


LETTER = """Dear [Your Name],

I write about the [Job Title] at [Acme], seen on [Job Board], for [X years] of [Field].

- I led [Project] for [Current Company]
- see [Attachment A] for more

Yours, [A Person]
"""


@pytest.mark.parametrize("cut", range(len("Dear [Your Name],"), len(LETTER)))
def test_blanks_to_fill_in_keep_their_brackets(cut: int) -> None:
    assert visible(to_html(LETTER)).startswith(visible(to_html(heal(LETTER[:cut]))))


def test_after_blanks_a_link_is_one_again() -> None:
    assert visible(to_html(heal("[Your Name] [a](https://example.org) [b"))) == "[Your Name] a b"
