"""Finished texts as Matrix HTML."""

import pytest

from llmstream.markdown.heal import heal
from llmstream.markdown.html import to_html

from .allowed import visible


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Title", "<h1>Title</h1>\n"),
        ("Title\n---", "<h2>Title</h2>\n"),
        (
            "a *b* **c** ~~d~~ `e`",
            "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e</code></p>\n",
        ),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("- a\n\n- b", "<ul>\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>\n"),
        ("3. a\n   - b", '<ol start="3">\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ol>\n'),
        ("- [ ] a\n- [x] b", "<ul>\n<li>☐ a</li>\n<li>☑ b</li>\n</ul>\n"),
        ("> a\nb", "<blockquote>\n<p>a\nb</p>\n</blockquote>\n"),
        ("```py\na < b\n```", '<pre><code class="language-py">a &lt; b\n</code></pre>\n'),
        ("````\n```\n````", "<pre><code>```\n</code></pre>\n"),
        ("~~~\n```\n~~~", "<pre><code>```\n</code></pre>\n"),
        ("\ta\n\tb", "<pre><code>a\nb\n</code></pre>\n"),
        ("a  \nb\\\nc", "<p>a<br>\nb<br>\nc</p>\n"),
        ("[a](https://x.org)", '<p><a href="https://x.org">a</a></p>\n'),
        (
            "[a][r] [r]\n\n[r]: https://x.org",
            '<p><a href="https://x.org">a</a> <a href="https://x.org">r</a></p>\n',
        ),
        (
            "see https://x.org/a_b_c.",
            '<p>see <a href="https://x.org/a_b_c">https://x.org/a_b_c</a>.</p>\n',
        ),
        ("![alt](https://x.org/p.png)", '<p><a href="https://x.org/p.png">alt</a></p>\n'),
        (
            "[![alt](https://x.org/p.png)](https://x.org)",
            '<p><a href="https://x.org">alt</a></p>\n',
        ),
        ("a ||b|| c", "<p>a <span data-mx-spoiler>b</span> c</p>\n"),
        ("$x^2$", '<p><span data-mx-maths="x^2"><code>x^2</code></span></p>\n'),
        ("\\(a<b\\)", '<p><span data-mx-maths="a&lt;b"><code>a&lt;b</code></span></p>\n'),
        ("$$\nx\n$$", '<div data-mx-maths="x"><code>x</code></div>\n'),
        ("\\[\nx\n\\]", '<div data-mx-maths="x"><code>x</code></div>\n'),
        ("x[^1]\n\n[^1]: note", "<p>x[^1]</p>\n<p>[^1]: note</p>\n"),
        ("H<sub>2</sub>O<br>x<kbd>C</kbd>", "<p>H<sub>2</sub>O<br>\nx<code>C</code></p>\n"),
        ("***", "<hr>\n"),
    ],
)
def test_markdown_becomes_html(text: str, html: str) -> None:
    assert to_html(text) == html
    visible(html)


def test_details_fold_what_is_between_them() -> None:
    html = to_html("<details><summary>More *here*</summary>\n\n- a\n\n</details>\nafter")
    assert html == (
        "<details>\n<summary>More <em>here</em></summary>\n<ul>\n<li>a</li>\n</ul>\n</details>\n"
        "<p>after</p>\n"
    )


def test_a_table_has_a_header_and_rows_and_loses_no_cell() -> None:
    html = to_html("| a | b |\n|---|--:|\n| 1 | 2 | 3 \\| 4 |\n| 5 |")
    assert visible(html) == "a b 1 2 3 | 4 5"
    assert html.count("<tr>") == 3
    assert html.count("<th>") == 2


def test_a_table_can_be_aligned_text() -> None:
    html = to_html("| 名前 | n |\n|---|--:|\n| **a** | 10 |\n| b | 9 |", tables="text")
    assert html == "<pre><code>名前 │  n\n─────┼───\na    │ 10\nb    │  9</code></pre>\n"


@pytest.mark.parametrize(
    "text",
    [
        "it costs $5 and $10",
        "between 5$ and 10$ each",
        "set $HOME and $PATH, then ${HOME}/x:$PATH",
        "$HOME/bin:$PATH:$GOPATH/bin",
        "a $ b $ c",
        "\\$x\\$",
    ],
)
def test_prices_and_variables_are_no_maths(text: str) -> None:
    assert "data-mx-maths" not in to_html(text)


@pytest.mark.parametrize("text", ["- > 25: rich", "- >= 10: high", "1. > $100: much"])
def test_a_comparison_in_a_list_is_no_quote(text: str) -> None:
    assert "&gt;" in to_html(text)
    assert "blockquote" not in to_html(text)


def test_raw_html_is_text() -> None:
    text = "<script>alert(1)</script>\n\n<div onclick=x>a</div> <!-- b --> <img src=x>"
    assert visible(to_html(text)) == " ".join(text.split())


@pytest.mark.parametrize(
    "tag",
    [
        '<a target="_blank" rel="_top">',
        '<img alt="*a* `b">',
        "<!-- **a** `b` [c](d) -->",
        '<p a="&lt;">',
    ],
)
def test_nothing_in_a_tag_is_markdown(tag: str) -> None:
    for text in (tag, tag[:-1], f"a {tag} b {tag}"):
        assert visible(to_html(text)) == text
        assert visible(to_html(heal(text))) == text


def test_a_tag_pings_nobody() -> None:
    html = to_html('<a title="@room and @ann:example.org">')
    assert "<code>@room</code> and <code>@ann:example.org</code>" in html


def test_a_definition_may_follow_a_comment() -> None:
    text = "[a]\n\n<!-- links -->\n[a]: https://example.org\n"
    assert '<a href="https://example.org">a</a>' in to_html(text)


def test_an_unknown_reference_keeps_its_brackets() -> None:
    assert visible(to_html("[a][b] and [c]")) == "[a][b] and [c]"


def test_a_definition_may_come_long_after_what_refers_to_it() -> None:
    assert 'href="https://x.org"' in to_html(
        "[a][r]\n\n" + "text\n\n" * 100 + "[r]: https://x.org"
    )


def test_long_code_in_a_line_is_code() -> None:
    code = "x = y; " * 1_000 + "z"
    assert to_html(f"see `{code}` and *this*") == (
        f"<p>see <code>{code}</code> and <em>this</em></p>\n"
    )
