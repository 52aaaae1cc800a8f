"""Half-written texts: what is shown of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.markdown.heal import heal
from llmstream.markdown.html import StreamRenderer, to_html

from .allowed import visible
from .texts import ANSWER, markdown


@pytest.mark.parametrize(
    ("text", "healed"),
    [
        ("plain words", "plain words"),
        ("some **bold wo", "some **bold wo**"),
        ("some **bold*", "some **bold**"),
        ("a **b *c", "a **b *c***"),
        ("***both", "***both***"),
        ("an _it", "an _it_"),
        ("a ~~b", "a ~~b~~"),
        ("a `code", "a `code`"),
        ("a ``co`de", "a ``co`de``"),
        ("**b `c", "**b `c`**"),
        ("> quoted **b", "> quoted **b**"),
        ("- item *i", "- item *i*"),
        ("# Head **b", "# Head **b**"),
        ("a ||hidden", "a ||hidden||"),
        ("$\\frac{1}{2", "$\\frac{1}{2$"),
        ("$$x + y", "$$x + y$$"),
        ("\\(x_1", "\\(x_1\\)"),
        ("H<sub>2", "H<sub>2</sub>"),
        ("see [the docs", "see the docs"),
        ("see [the docs](https://exam", "see the docs"),
        ("see [the **docs", "see the **docs**"),
        ("![an image", "an image"),
        ("![an image](https://exam", "an image"),
        ("see [the docs][re", "see the docs"),
        ("<https://exam", "https://exam"),
        ("没有*强调", "没有*强调*"),
        ("a < b <1.0", "a < b <1.0"),
        ("> [!IMPOR", "> [!IMPOR"),
        ("in $[-\\sqrt{2", "in $[-\\sqrt{2$"),
        ("见[文档](https://exam", "见文档"),
        ("see [[the docs", "see [the docs"),
        ("see [[the docs](https://x.org)", "see [[the docs](https://x.org)"),
        ("a path /_api/a", "a path /_api/a"),
        ("so {/*comm", "so {/*comm*"),
        # An emphasis ends with its paragraph, and its paragraph only.
        ("**never closed\n\nnext *it", "**never closed\n\nnext *it*"),
        # Not markup, or not to be known.
        ("n<k and so on", "n<k and so on"),
        ("in [0, 1)", "in [0, 1)"),
        ("a[0", "a[0"),
        ("2*3", "2*3"),
        ("up to 2**31 - 1", "up to 2**31 - 1"),
        ("call _a_b() now", "call _a_b() now"),
        ("snake_case_name", "snake_case_name"),
        ("a * b", "a * b"),
        ("it costs $5, or", "it costs $5, or"),
        # Held until decided.
        ("text\n-", "text\n"),
        ("text\n==", "text\n"),
        ("text\n1.", "text\n"),
        ("text\n- [", "text\n"),
        ("text **", "text"),
        ("text `", "text"),
        ("text [", "text"),
        ("text !", "text"),
        ("text \\", "text"),
        ("text &am", "text"),
        ("it costs $5", "it costs"),  # or is it $5 \\cdot x$
        ("$1 \\times", "$1 \\times$"),
        ("$\\epsilon \\", "$\\epsilon$"),
        ("so **$E", "so"),
        ("in $[0", "in"),
        ("so $$\\", "so"),
        ("- [ ] [", ""),
        ("[x]: https://x.org 'half a ti", ""),
        ("text\n\n| a | b", "text\n\n"),
        ("text\n\n| a | b |\n", "text\n\n"),
        ("text\n\n| a | b |\n|--", "text\n\n"),
        ("text\n\na | b", "text\n\na"),
        ("```\ncode\n``", "```\ncode\n"),
        # Marks that nobody wrote are not shown, and nothing is bold twice.
        ("**Note: **", "**Note:**"),
        ("**Note: **w", "**Note: **w"),
        ("**a **b** c", "**a **b** c"),
        ("**注意：**正", "**注意：**正"),
        ("**「A」**なので**「B", "**「A」**なので**「B**"),
        ("- >", ""),
        ("- > ", ""),
        ("- >=", ""),
        ("- >= 3", "- >= 3"),
        ("costs $20-", "costs"),
        ("costs $20-$", "costs $20-"),
        ("costs $20-$3", "costs $20-"),
        ("costs $20-$30 t", "costs $20-$30 t"),
        ("\\[\n\\", ""),
        ("$$\\$", ""),
        ("$$\\)$x$\\", "$$\\)$x$$"),
        ("*a\n\\[[\n", "*a*"),
        ("a\n #![ {", "a\n #![ {"),
        ("![![\tb", "![\tb"),
        ("![~~]|", "![~~]\n\n[~~]: <>"),
        ("a Vec<u8", "a Vec<u8"),
        ("[Bob]: Yes. *(cl", "[Bob]: Yes. *(cl*"),
        ("so.[^", "so."),
        ("so.[^1", "so."),
        ("so.[^1]", "so.[^1]\n\n[^1]:"),
        ("so\n\n[^1]: ", "so\n\n"),
        ("<det", ""),
        ("<details op", ""),
        ("<details><summary>a *b", "<details><summary>a *b*"),
        ("a</det", "a"),
        ("a <details", "a"),
        ("a <details>\n<summ", "a"),
        ("a <details> t", "a <details> t"),
        ("<details>\n```\na\n```</de", "<details>\n```\na\n"),
        ("a <b>c", "a <b>c</b>"),
        ("a Vec<u>, the <b> t", "a Vec<u>, the <b> t"),
        ("| a |\n|---|\n| `b \\", "| a |\n|---|\n| `b`"),
        ("| a |\n|---|\n| b \\|", "| a |\n|---|\n| b \\|"),
        # Code is left alone.
        ("```\na **b", "```\na **b"),
        ("~~~\na **b", "~~~\na **b"),
        ("````\n```\na **b", "````\n```\na **b"),
        ("- x\n\n  ```\n  a **b", "- x\n\n  ```\n  a **b"),
        ("    a **b", "    a **b"),
    ],
)
def test_what_is_open_is_closed(text: str, healed: str) -> None:
    assert heal(text) == healed


def test_rows_of_a_table_grow_as_they_come() -> None:
    table = "| a | b |\n|---|---|\n| one | **tw"
    assert visible(to_html(heal(table))) == "a b one tw"


def test_a_line_that_is_no_table_is_shown_when_that_is_known() -> None:
    assert heal("a | b\nmore") == "a | b\nmore"


def test_a_reference_shows_as_its_text_until_it_is_defined() -> None:
    assert visible(to_html(heal("see [the docs][d], and"))) == "see the docs, and"


def test_a_reference_tells_that_the_brackets_before_it_were_some_as_well() -> None:
    assert (
        visible(to_html(heal("Install [Python] first.\n\nand"))) == "Install [Python] first. and"
    )
    assert visible(to_html(heal("Install [Python] first.\n\n[a][b] and"))) == (
        "Install Python first. a and"
    )


def test_a_definition_never_shows_while_it_is_written() -> None:
    text = "see [a][] and [b][]\n\n[a]: https://example.org/a\n[b]: <https://example.org/b>\n"
    for cut in range(text.index("[a]:") + 1, len(text)):
        assert visible(to_html(heal(text[:cut]))) == "see a and b"


@given(markdown)
def test_healing_twice_shows_the_same(text: str) -> None:
    once = heal(text)
    assert visible(to_html(heal(once + "\n\n"))) == visible(to_html(once + "\n\n"))


@given(st.integers(0, len(ANSWER)))
def test_every_cut_of_an_answer_shows_a_beginning_of_it(cut: int) -> None:
    whole = visible(to_html(ANSWER))
    assert whole.startswith(visible(to_html(heal(ANSWER[:cut]))))


@pytest.mark.parametrize(
    ("half", "shown"),
    [("a ``b`", "a b"), ("`` ```c``` ", "```c```"), ("`` `d` e", "`d` e"), ("```f``", "f")],
)
def test_code_is_closed_beside_the_backticks_in_it(half: str, shown: str) -> None:
    assert visible(to_html(heal(half))) == shown


def test_nearly_all_that_has_arrived_is_shown() -> None:
    shares = []
    for cut in range(40, len(ANSWER), 7):
        arrived = visible(to_html(ANSWER[:cut]))
        shares.append(min(1.0, len(visible(StreamRenderer().paint(ANSWER[:cut]))) / len(arrived)))
    assert sum(shares) / len(shares) > 0.96  # a short text: what is held weighs more


@given(markdown)
def test_no_address_is_made_up(text: str) -> None:
    html = to_html(heal(text))
    for part in html.split('href="')[1:]:
        assert part[:12].lower() in {"https://exam", "https://matr"}, part[:40]
