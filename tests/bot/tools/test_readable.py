"""Pages as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.bot.tools.readable import readable


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a\n  b</p><p>c</p>", "a b\n\nc"),
        ("<h1>Title</h1>text", "# Title\ntext"),
        ("a<br>b", "a\nb"),
        ("a<style>b {}</style><script>if (a < b) {}</script>c", "ac"),
        ("<svg><g><svg></svg>hidden</g></svg>seen", "seen"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("&lt;b&gt; &amp; &eacute;", "<b> & é"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n\n- b"),
        ("<tr><td>a</td><td>b</td></tr>", "| a | b"),
        ("plain", "plain"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("", ""),
    ],
)
def test_a_page_reads_like_a_page(html: str, text: str) -> None:
    assert readable(html, 1000) == text


@given(st.text(st.sampled_from("<>/!-p abscript='\"&;\n")) | st.text())
def test_any_text_can_be_read(html: str) -> None:
    assert "\n\n\n" not in readable(html, 1000).replace(html, "")


def test_no_more_is_read_than_is_enough() -> None:
    assert len(readable("<p>word</p>" * 200_000, 1000)) < 20_000
