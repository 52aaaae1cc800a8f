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
        (
            "x[^1]\n\n[^1]: note",
            "<p>x<sup>1</sup></p>\n<hr>\n<ol>\n<li>note</li>\n</ol>\n",
        ),
        ("H<sub>2</sub>O<br>x<kbd>C</kbd>", "<p>H<sub>2</sub>O<br>\nx<code>C</code></p>\n"),
        ("***", "<hr>\n"),
    ],
)
def test_markdown_becomes_html(text: str, html: str) -> None:
    assert to_html(text) == html
    visible(html)


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


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**注意：**正文", "<strong>注意：</strong>正文"),
        ("**「A」**なので**「B」**", "<strong>「A」</strong>なので<strong>「B」</strong>"),
        ("**复现：**10 轮", "<strong>复现：</strong>10 轮"),
        ("因此**“阻塞”**操作", "因此<strong>“阻塞”</strong>操作"),
        ("**“重要”**3 个", "<strong>“重要”</strong>3 个"),
        ("**Python（派森）**语言", "<strong>Python（派森）</strong>语言"),
        ("查看**《书》**一书", "查看<strong>《书》</strong>一书"),
        ("待機**（`await`）**では", "待機<strong>（<code>await</code>）</strong>では"),
        ("*注意*：~~旧（很旧）~~新", "<em>注意</em>：<del>旧（很旧）</del>新"),
        ("**병렬성(parallelism)**과", "<strong>병렬성(parallelism)</strong>과"),
        ("**以上です！**質問", "<strong>以上です！</strong>質問"),
        # Syllables in parts, variants of letters and quotation marks, radicals.
        ("\u1112\u1161**(a)**", "\u1112\u1161<strong>(a)</strong>"),
        ("葛\U000e0100**(a)**", "葛\U000e0100<strong>(a)</strong>"),
        ("a“\ufe01**(b)**", "a“\ufe01<strong>(b)</strong>"),
        ("**(⺀**x", "<strong>(⺀</strong>x"),
        ("***全部！***对", "<em><strong>全部！</strong></em>对"),
        # Elsewhere all stays as CommonMark has it.
        ("**Note:**so", "**Note:**so"),
        ("a*(b)*c", "a*(b)*c"),
        ("中_文_字", "中_文_字"),
    ],
)
def test_emphasis_knows_scripts_without_spaces(text: str, html: str) -> None:
    assert to_html(text) == f"<p>{html}</p>\n"


@pytest.mark.parametrize(
    "text", ["**a **b** c**", "*a *b* c*", "~~a ~~b~~ c~~", "**a *b **c** d* e**"]
)
def test_nothing_is_bold_twice(text: str) -> None:
    html = to_html(text)
    for tag in ("strong", "em", "del"):
        assert html.count(f"<{tag}>") <= 1


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("x<sup>a<sup>b</sup>c</sup>d", "x<sup>a<sup>b</sup>c</sup>d"),
        ("x<SUB>a</sub> b", "x<sub>a</sub> b"),
        ("**a <sub>b</sub>** c", "<strong>a <sub>b</sub></strong> c"),
        ("x<sup>a b", "x&lt;sup&gt;a b"),
        ("<b>a <I>b</I></b> <s>c</s>", "<strong>a <em>b</em></strong> <del>c</del>"),
        ("**<b>a</b>** <u>b</u>", "<strong>a</strong> <u>b</u>"),
        ("the <b> tag of Vec<u>", "the &lt;b&gt; tag of Vec&lt;u&gt;"),
        ("<b>a <i>b</b> c</i>", "<strong>a &lt;i&gt;b</strong> c&lt;/i&gt;"),
    ],
)
def test_a_tag_within_a_line_ends_where_its_author_closed_it(text: str, html: str) -> None:
    assert to_html(text) == f"<p>{html}</p>\n"


def test_footnotes_are_numbers_and_a_list_at_the_end() -> None:
    html = to_html("a[^x] b[^1][^x]\n\n[^1]: One *two*\n    three\n[^x]: Four\n\nend")
    assert html == (
        "<p>a<sup>1</sup> b<sup>2</sup><sup> 1</sup></p>\n<p>end</p>\n<hr>\n<ol>\n"
        "<li>Four</li>\n<li>One <em>two</em>\nthree</li>\n</ol>\n"
    )


def test_numbers_of_footnotes_stay_where_the_rest_is_in_another_message() -> None:
    assert to_html("a.[^3]") == "<p>a.<sup>3</sup></p>\n"
    assert '<ol start="3">\n<li>c</li>\n<li>d</li>' in to_html("[^3]: c\n[^4]: d")


@pytest.mark.parametrize("text", ["[^0-9] is not", "not [^abc] or[^a]", "so [^1] is"])
def test_other_brackets_are_no_footnotes(text: str) -> None:
    assert to_html(text) == f"<p>{text}</p>\n"


@pytest.mark.parametrize("text", ["it costs $20-$", "$5k-$10k", "$20-$30, $5/$6"])
def test_ranges_of_prices_are_no_maths(text: str) -> None:
    assert "data-mx-maths" not in to_html(text)


def test_display_maths_in_a_sentence() -> None:
    assert 'data-mx-maths="\\Delta t = 1"' in to_html("so \\[ \\Delta t = 1 \\] holds")


@pytest.mark.parametrize(
    "cell",
    [
        "漢字",
        "👩\u200d👧x",
        "🇩🇪x",
        "❤\ufe0fx",
        "👍🏽x",
        "abc",
        "हिन्",
        "a\u200bbc",
        "1\ufe0f\u20e3x",
    ],
)
def test_wide_and_joined_characters_keep_the_columns_of_a_table_as_text(cell: str) -> None:
    wide = 4 if cell == "漢字" else 2 if cell == "हिन्" else 3
    html = to_html(f"| abcd | n |\n|---|---|\n| {cell} | 12 |\n| x | — |", "text")
    assert f"\n{cell}{' ' * (4 - wide)} │ 12\nx    │  —" in html


def test_numbers_in_a_table_as_text_stand_below_each_other() -> None:
    html = to_html("| a | b | c |\n|---|---|:--|\n| x1 | 9.5 % | 1 |\n| y | 10 % | 20 |", "text")
    assert "x1 │ 9.5 % │ 1\ny  │  10 % │ 20" in html


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        (
            "a[^1] b[^2]\n\n[^1]: x\n[^1]: y\n[^2]: z",
            "<ol>\n<li>x<br>\ny</li>\n<li>z</li>\n</ol>",
        ),
        (
            "a[^a] b[^b] c[^c]\n\n[^a]: x\n\n[^b]:\n\n[^c]: z",
            '<ol>\n<li>x</li>\n</ol>\n<ol start="3">\n<li>z</li>\n</ol>',
        ),
        (
            "a[^a] b[^2] c[^c]\n\n[^a]: x\n\n[^c]: z",
            '<ol>\n<li>x</li>\n</ol>\n<ol start="3">\n<li>z</li>\n</ol>',
        ),
    ],
)
def test_a_footnote_in_the_list_has_the_number_that_the_text_shows(text: str, listed: str) -> None:
    assert to_html(text).endswith(f"<hr>\n{listed}\n")


def test_the_label_of_a_footnote_may_be_in_capitals() -> None:
    assert to_html("a[^Note]\n\n[^note]: x").startswith("<p>a<sup>1</sup></p>")


@pytest.mark.parametrize("text", ["$a or `b$`, yes", "set $x and `y$` there"])
def test_code_is_no_maths_where_a_dollar_stands_in_it(text: str) -> None:
    html = to_html(text)
    assert "maths" not in html
    assert "$</code>" in html
