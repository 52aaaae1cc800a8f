"""Pages as text."""

from __future__ import annotations

import time
from collections.abc import Callable

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


HOSTILE = [
    "<a ", "<a", "<", "</", "<!--", "<!", "<?", "<![CDATA[", '<a b="', "<a b='>", '<a b="">',
    "<a =", "<script>", "<script><", "</script", "<style></", "<svg>", "<p>", "<p/>", "<li>",
    "<pre> ", "<pre>\t", "&", "&#", "&amp", "&lt;", "= ", "=", " ", "\t\n", "\n", "x",
    "<b x= >",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("before", ["", "<a ", "<pre>", "<script>"])
def test_no_page_takes_long(before: str, piece: str, pace: Callable[[], float]) -> None:
    """What grows with the square of a page's length would take minutes."""
    page = before + piece * (2**18 // len(piece))
    began = time.process_time()
    readable(page, 2**30)
    assert time.process_time() - began < 5 * pace()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a title="a > b">c</a>', "c"),
        ("<a title='x\">y'>c</a>", "c"),
        ('<p title="never closed>a</p><p>b', "a\n\nb"),
        ("a < b", "a < b"),
        ("a<!-- <p>hidden</p> -->b", "ab"),
        ("a<!DOCTYPE html><?php echo 1 ?>b", "ab"),
        ("<script>'</p>' + \"<script>\"</SCRIPT >seen", "seen"),
        ("<STYLE>a</STYLE><P>b</P>", "b"),
        (f"{'x' * 4090}&amp;&lt;", f"{'x' * 4090}&<"),
        ("<svg/>seen", "seen"),
    ],
)
def test_pages_are_read_as_browsers_read_them(html: str, text: str) -> None:
    assert readable(html, 10_000) == text


def test_no_more_is_read_than_is_enough() -> None:
    assert len(readable("<p>word</p>" * 200_000, 1000)) < 20_000
