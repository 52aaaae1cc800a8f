"""Whatever a model writes: only what Matrix allows comes out, and nobody is called by it."""

import pytest
from hypothesis import given

from llmstream.markdown.html import StreamRenderer, to_html
from llmstream.markdown.plain import clean

from .allowed import visible
from .texts import markdown


@given(markdown)
def test_only_allowed_html_comes_out(text: str) -> None:
    visible(to_html(text))
    visible(to_html(text, tables="text"))
    visible(StreamRenderer().paint(text))


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "mxc://x/y",
        "matrix:u/ann:example.org",
        "../x",
        "#a",
        "//x.org",
        "https://matrix.to/#/@ann:example.org",
        "https://MATRIX.TO:443/#/%40ann:example.org",
        "https://matrix%2eto/#/@ann:example.org",
        "https://x@matrix。to/#/@ann:example.org",
        "https://app.element.io/#/user/@ann:example.org",
    ],
)
def test_other_addresses_are_no_links(address: str) -> None:
    for text in (f"[a]({address})", f"[a]\n\n[a]: {address}", f"![a]({address})", f"<{address}>"):
        assert "href" not in to_html(text)
    if address.isascii():  # a bare address ends at a full-width stop
        assert "href" not in to_html(f"see {address}")


@pytest.mark.parametrize("name", ["@room", "@ann:example.org", "@ann:example.org:8448"])
def test_a_name_is_no_ping(name: str) -> None:
    assert f"<code>{name}</code>" in to_html(f"Ask {name} about it")


@pytest.mark.parametrize("marker", ["> ", "- ", "1. ", "<details>\n", "*a _", "[", "||a <sub>"])
def test_nesting_is_bounded_and_nothing_is_lost(marker: str) -> None:
    text = marker * 300 + "end"
    html = to_html(text)
    assert visible(html).endswith("end")


def test_what_matrix_cannot_carry_is_replaced_or_dropped() -> None:
    assert clean("a\x00b\ud800c\x07d\u202ee\r\nf\rg\th") == "a\ufffdb\ufffdcde\nf\ng\th"


def test_two_halves_of_a_character_become_it() -> None:
    assert clean("\ud83d\ude00") == "😀"


@given(markdown)
def test_clean_text_stays_as_it_is(text: str) -> None:
    once = clean(text)
    once.encode()
    assert clean(once) == once
