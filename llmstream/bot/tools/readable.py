"""HTML as text that a model can read: no scripts, no styles, one line for each block.

Pages are written by anybody, so the time this takes grows with the length of a page and with
nothing else, and no single step of it takes long: html.parser promises neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Literal, TypeAlias

Token: TypeAlias = tuple[Literal["text", "start", "end"], str]

_SILENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "iframe", "object", "select"}
)
_RAW = frozenset({"script", "style"})  # no tag in them is one
_BLOCK = re.compile(
    "address|article|aside|blockquote|br|d[dlt]|div|fig(caption|ure)|footer|form|h[1-6r]|header|li"
    "|main|nav|[ou]l|option|p|pre|section|t(able|body|head|r)|title"
)
_MARKS = {"li": "- ", "h1": "# ", "h2": "## ", "h3": "### ", "td": " | ", "th": " | "}
_PIECE = 4096  # characters of text looked at in one step
_REFERENCE = 32  # characters of the longest `&name;`
_NAME = re.compile(r"/?[a-zA-Z][^\s/>]{0,40}")
_EDGE = re.compile(r"""=\s*["']|>""")  # in a tag: where a quoted value begins, or the tag's end
_UNQUOTED = 65_536  # characters of a tag in which one of these has to come


def readable(html: str, enough: int) -> str:
    """The text of a page, at most a little more than `enough` of it. Slow: use a thread."""
    reader = _Reader()
    for kind, text in _tokens(html):
        match kind:
            case "text":
                reader.read(text)
            case "start":
                reader.begin(text)
            case "end":
                reader.end(text)
        if reader.length > enough:
            break
    return reader.text()


class _Reader:
    """What is seen of a page."""

    def __init__(self) -> None:
        self.length = 0
        self._pieces: list[str] = []
        self._silent = ""
        self._depth = 0
        self._preformatted = 0

    def text(self) -> str:
        """What was read, without the blank lines and spaces that only markup makes."""
        text = "".join(self._pieces)
        text = re.sub(r"(?<![ \t])[ \t]+\n", "\n", text)
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def begin(self, tag: str) -> None:
        """A tag is opened."""
        if self._silent:
            self._depth += tag == self._silent
        elif tag in _SILENT:
            self._silent, self._depth = tag, 1
        else:
            self._preformatted += tag == "pre"
            self._break(tag)
            self._write(_MARKS.get(tag, ""))

    def end(self, tag: str) -> None:
        """A tag is closed."""
        if self._silent:
            self._depth -= tag == self._silent
            if not self._depth:
                self._silent = ""
        else:
            self._preformatted = max(0, self._preformatted - (tag == "pre"))
            self._break(tag)

    def read(self, text: str) -> None:
        """Text between tags."""
        if self._silent:
            return
        text = unescape(text)
        self._write(text if self._preformatted else re.sub(r"\s+", " ", text))

    def _break(self, tag: str) -> None:
        if _BLOCK.fullmatch(tag):
            self._write("\n")

    def _write(self, text: str) -> None:
        if text in ("", " ") and (not text or self._ends_with_space()):
            return
        self._pieces.append(text)
        self.length += len(text)

    def _ends_with_space(self) -> bool:
        return not self._pieces or self._pieces[-1].endswith((" ", "\n"))


def _tokens(html: str) -> Iterator[Token]:
    """Texts and tags as they come; comments and the like are none. Names are in lower case."""
    at = 0
    while (tag := html.find("<", at)) >= 0:
        yield from _texts(html, at, tag)
        if name := _NAME.match(html, tag + 1):
            end = _tag_end(html, name.end())
            yield from _tag(name[0].lower(), closed=html[end - 2 : end] == "/>")
            at = _raw_end(html, end, name[0].lower())
        elif html.startswith("!--", tag + 1):
            at = _after(html, "-->", tag + 4)
        elif html.startswith(("!", "?", "/"), tag + 1):
            at = _after(html, ">", tag + 2)
        else:
            yield "text", "<"
            at = tag + 1
    yield from _texts(html, at, len(html))


def _tag(name: str, *, closed: bool) -> Iterator[Token]:
    if name.startswith("/"):
        yield "end", name[1:]
        return
    yield "start", name
    if closed:
        yield "end", name


def _texts(html: str, start: int, end: int) -> Iterator[Token]:
    """In pieces, none of which ends within a reference such as `&amp;`."""
    while start < end:
        stop = min(start + _PIECE, end)
        if stop < end and (reference := html.rfind("&", stop - _REFERENCE, stop)) > start:
            stop = reference
        yield "text", html[start:stop]
        start = stop


def _tag_end(html: str, at: int) -> int:
    """Behind a tag, whatever stands in the quoted values in it."""
    while edge := _EDGE.search(html, at, at + _UNQUOTED):
        if edge[0] == ">":
            return edge.end()
        closing = html.find(edge[0][-1], edge.end())
        if closing < 0:
            return _after(html, ">", edge.end())
        at = closing + 1
    return len(html)


def _raw_end(html: str, at: int, name: str) -> int:
    """Where a script or style that was opened before `at` ends; `at` for any other tag."""
    if name not in _RAW or html[at - 2 : at] == "/>":
        return at
    while (end := html.find("</", at)) >= 0:
        if html[end + 2 : end + 2 + len(name)].lower() == name:
            return end
        at = end + 2
    return len(html)


def _after(html: str, mark: str, at: int) -> int:
    """Behind the next `mark`; the end where there is none."""
    found = html.find(mark, at)
    return len(html) if found < 0 else found + len(mark)
