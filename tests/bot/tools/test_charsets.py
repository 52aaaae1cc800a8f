"""Character sets of pages: those of browsers, and none that takes long."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.bot.tools.charsets import _ALIASES, decoded


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("utf-8", "utf-8", "Köln €"),
        ("", "utf-8", "Köln"),
        ("UTF8", "utf-8", "Köln"),
        ("ISO-8859-1", "latin-1", "Köln"),
        ("latin1", "cp1252", "€"),  # as browsers read it
        ("iso-8859-15", "iso8859-15", "€"),
        ("windows-1251", "cp1251", "Москва"),
        ("koi8-r", "koi8-r", "Москва"),
        ("Shift_JIS", "shift_jis", "東京"),
        ("euc-jp", "euc_jp", "東京"),
        ("iso-2022-jp", "iso2022_jp", "東京"),
        ("gb2312", "gb18030", "北京"),
        ("big5", "big5", "臺北"),
        ("euc-kr", "euc_kr", "서울"),
        ("utf-16le", "utf-16-le", "Köln"),
        ("utf-8, text/html", "utf-8", "Köln"),
    ],
)
def test_a_page_is_read_in_its_own_character_set(charset: str, codec: str, text: str) -> None:
    assert decoded((text * 20_000).encode(codec), charset) == text * 20_000


@pytest.mark.parametrize(
    "charset",
    ["punycode", "idna", "unicode_escape", "utf-7", "hex", "zlib", "rot13", "mbcs", "\0", "../os"],
)
def test_what_is_no_character_set_of_pages_is_utf_8(charset: str) -> None:
    assert decoded("Köln".encode(), charset) == "Köln"


@pytest.mark.parametrize("charset", sorted({"", "punycode", *_ALIASES.values()}))
def test_no_page_takes_long(charset: str, pace: Callable[[], float]) -> None:
    began = time.process_time()
    for piece in (b"\xff", b"\x81", b"-", b"a-\xc3", b"\x1b$B", b"\xd8\x00"):
        decoded(piece * (2**18 // len(piece)), charset)
    assert time.process_time() - began < 5 * pace()


@given(st.binary(), st.sampled_from(sorted(_ALIASES)) | st.text())
def test_any_bytes_are_some_text(body: bytes, charset: str) -> None:
    decoded(body, charset).encode("utf-8", "surrogatepass")


@given(st.binary(), st.sampled_from(sorted(_ALIASES)))
def test_no_half_of_a_surrogate_comes_out(body: bytes, charset: str) -> None:
    decoded(body, charset).encode()


def test_a_page_may_declare_its_own() -> None:
    page = b"<META http-equiv=x content='text/html; charset=koi8-r'>\xcd"
    assert decoded(page, "").endswith("м")
    assert decoded(b"<meta " * 10_000, "").startswith("<meta")
