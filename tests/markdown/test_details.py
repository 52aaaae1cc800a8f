"""Folds: they begin and end where their author wrote it, and swallow nothing."""

import pytest

from llmstream.markdown.html import to_html

from .allowed import visible

FOLD = "<details>\n<summary>S</summary>\n{}</details>\n{}"


@pytest.mark.parametrize(
    ("text", "inside", "after"),
    [
        ("<details><summary>S</summary>a</details>\n\nb", "<p>a</p>\n", "<p>b</p>\n"),
        ("<details><summary>S</summary>a</details> b", "<p>a</p>\n", "<p>b</p>\n"),
        ("<details><summary>S</summary>\na</details>\nb", "<p>a</p>\n", "<p>b</p>\n"),
        ("<details>\n<summary>\nS\n</summary>\n\na\nc</details>b", "<p>a\nc</p>\n", "<p>b</p>\n"),
        (
            "<details open><summary>S</summary>\n\n- a\n- c</details>\nb",
            "<ul>\n<li>a</li>\n<li>c</li>\n</ul>\n",
            "<p>b</p>\n",
        ),
        (
            "<details><summary>S</summary>\n\n# a</details>\nb",
            "<h1>a</h1>\n",
            "<p>b</p>\n",
        ),
        (
            '<DETAILS class="x"><summary id=s>S</summary>`</details>`</details>b',
            "<p><code>&lt;/details&gt;</code></p>\n",
            "<p>b</p>\n",
        ),
        (
            "<details><summary>S</summary>\n```\n</details>\n```\n</details>\nb",
            "<pre><code>&lt;/details&gt;\n</code></pre>\n",
            "<p>b</p>\n",
        ),
        (
            "<details><summary>S</summary><details><summary>T</summary>a</details>c</details>b",
            "<details>\n<summary>T</summary>\n<p>a</p>\n</details>\n<p>c</p>\n",
            "<p>b</p>\n",
        ),
        ("<details><summary>S\n\na\n</details>\nb", "<p>a</p>\n", "<p>b</p>\n"),
        ("<details><summary>S</details>b", "", "<p>b</p>\n"),
        ("<details><summary>S</summary>a</details></details>\n\nb", "<p>a</p>\n", "<p>b</p>\n"),
        ("<details>\n<summary>\n\nS\n\n</summary>\n\na\n</details>b", "<p>a</p>\n", "<p>b</p>\n"),
        (
            "<details>\n    <summary>S</summary>\n    a\n    </details>\nb",
            "<p>a</p>\n",
            "<p>b</p>\n",
        ),
        (
            "<details><summary>S</summary>\n\na\n      </details>\nb",
            "<p>a</p>\n",
            "<p>b</p>\n",
        ),
        (
            "<details><summary>S</summary>\n```py\na\n```</details>b",
            '<pre><code class="language-py">a\n</code></pre>\n',
            "<p>b</p>\n",
        ),
        (
            "<details><summary>S</summary>a<details><summary>T</summary>c</details>d</details>b",
            "<p>a</p>\n<details>\n<summary>T</summary>\n<p>c</p>\n</details>\n<p>d</p>\n",
            "<p>b</p>\n",
        ),
        (
            "<details><summary>S</summary>\n\n    a\n    c</details>\n\nb",
            "<pre><code>a\nc\n</code></pre>\n",
            "<p>b</p>\n",
        ),
        (
            "<details><summary>S</summary>\n\n    a</details>\n\nb",
            "<pre><code>a\n</code></pre>\n",
            "<p>b</p>\n",
        ),
        (
            "<details><summary>S</summary>a \\</details> c</details>b",
            "<p>a &lt;/details&gt; c</p>\n",
            "<p>b</p>\n",
        ),
    ],
)
def test_a_fold_ends_where_its_author_closed_it(text: str, inside: str, after: str) -> None:
    assert to_html(text) == FOLD.format(inside, after)


def test_a_fold_ends_within_a_quote_or_a_list() -> None:
    assert to_html("> <details>a</details>\n> b\n\nc").endswith(
        "</details>\n<p>b</p>\n</blockquote>\n<p>c</p>\n"
    )
    assert to_html("- <details>a\n</details>\n\nb").endswith("</li>\n</ul>\n<p>b</p>\n")


@pytest.mark.parametrize("before", ["a", "- a", "> a", "# a", "1. a"])
@pytest.mark.parametrize(
    "tag", ["<details><summary>S</summary>", "<details>\n   <summary>S</summary>"]
)
def test_a_fold_begins_in_the_midst_of_a_line(before: str, tag: str) -> None:
    if before[0] in "#>" and "\n" in tag:
        tag = tag.replace("\n", "")  # these end with their line
    html = to_html(f"{before} {tag}c</details> d")
    assert visible(html) == "a S c d"
    fold = html[html.index("<details>") : html.index("</details>")]
    assert visible(f"{fold}</details>") == "S c"


def test_a_fold_in_a_cell_is_text_and_ends_none_around_the_table() -> None:
    row = "| <details><summary>x</summary>y</details> | z |"
    html = to_html(
        f"<details><summary>S</summary>\n\n| a | b |\n|---|---|\n{row}\n\nc\n</details>d"
    )
    assert html.endswith("<p>c</p>\n</details>\n<p>d</p>\n")


def test_a_fold_in_code_is_code() -> None:
    tags = "&lt;details&gt;&lt;summary&gt;S&lt;/summary&gt;a&lt;/details&gt;"
    line = "    x <details><summary>S</summary>a</details> y"
    assert to_html(line) == f"<pre><code>x {tags} y\n</code></pre>\n"
    assert to_html(f"    x\n{line}") == f"<pre><code>x\nx {tags} y\n</code></pre>\n"


def test_an_escaped_fold_is_text() -> None:
    html = to_html(r"\<details><summary>S</summary>x\</details> y")
    assert visible(html) == "<details><summary>S</summary>x</details> y"


def test_a_summary_says_its_own_tag_in_code() -> None:
    html = to_html("<details><summary>the `</summary>` tag</summary>x</details>z")
    assert "<summary>the <code>&lt;/summary&gt;</code> tag</summary>\n<p>x</p>" in html
    assert "<summary>a `b</summary>\n<p>c` d</p>" in to_html(
        "<details><summary>a `b</summary>c` d"
    )


def test_words_about_folds_are_words() -> None:
    text = "Use <details> and </details>, or <summary>x</summary>."
    assert visible(to_html(text)) == text


def test_details_fold_what_is_between_them() -> None:
    html = to_html("<details><summary>More *here*</summary>\n\n- a\n\n</details>\nafter")
    assert html == (
        "<details>\n<summary>More <em>here</em></summary>\n<ul>\n<li>a</li>\n</ul>\n</details>\n"
        "<p>after</p>\n"
    )
