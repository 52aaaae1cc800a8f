"""Our HTML for rooms that understand less of it: without folding or formulas, or as plain lines.

Pure. It takes only what `markdown/` and this folder make, in which all text is escaped, and is no
parser of anybody else's HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from .room_bounds import Bounds

_TAG = re.compile(r"(<[^>]*>)")
_NAME = re.compile(r"</?([a-z0-9]+)")
_SUMMARY = re.compile(r"<summary>(.*?)</summary>", re.DOTALL)
_MATHS = re.compile(r'<(div|span) data-mx-maths="[^"]*">(<code>[^<]*</code>)</\1>')
_HREF = re.compile(r'href="([^"]*)"')
_START = re.compile(r'start="([0-9]+)"')
_SPACE = re.compile(r"\s+")
_BLOCKS = frozenset(
    {*("p", "div", "pre", "ul", "ol", "blockquote", "table", "hr", "details")}
    | {f"h{level}" for level in range(1, 7)}
)
_DEEPEST = 20  # so many quotes and lists in each other are shown by what stands before a line


def within(html: str, bounds: Bounds) -> tuple[str, str]:
    """The HTML as a room understands it, and the plain text where it understands none, else ''."""
    if not bounds.folding and "<details>" in html:
        html = _SUMMARY.sub(r"<p><strong>\1</strong></p>", html)
        html = html.replace("<details>", "").replace("</details>", "")
    if not bounds.maths and "data-mx-maths" in html:
        html = _MATHS.sub(lambda found: _formula(found[1], found[2]), html)
    return html, "" if bounds.html else plain(html, bounds.longest_line)


def words(html: str) -> str:
    """What of it is text: about what a bridge makes of it."""
    return unescape(_TAG.sub("", html))


def plain(html: str, longest: int = 0) -> str:
    """The text in lines, each of `longest` bytes at most, if that is not 0; then also without
    empty ones.
    """
    gap = "\n" if longest else "\n\n"
    text = _Lines(longest).read(html)
    return re.sub(r"\n{2,}", gap, text).strip("\n")


def _formula(tag: str, code: str) -> str:
    return f"<p>{code}</p>" if tag == "div" else code


class _Lines:
    """Reads one HTML text. `_before` is what stands before a line: quotes and lists."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._out: list[str] = []
        self._line: list[str] = []
        self._before: list[str] = []
        self._bullet = ""
        self._numbers: list[int] = []
        self._links: list[tuple[str, int]] = []
        self._pre = False

    def read(self, html: str) -> str:
        for piece in _TAG.split(html):
            if piece.startswith("<"):
                self._tag(piece)
            elif piece:
                self._text(unescape(piece))
        self._end()
        return "\n".join(self._out)

    def _tag(self, tag: str) -> None:  # a branch a tag
        match = _NAME.match(tag)
        name, ends = (match[1] if match else ""), tag.startswith("</")
        if name in _BLOCKS and not (self._numbers and name in ("p", "ul", "ol")):
            self._end()
            self._out.append("")
        elif name in ("br", "ul", "ol", "p", "summary", "tr", "li"):
            self._end()
        match name:
            case "blockquote":
                self._nest("> ", ends)
            case "ul" | "ol":
                self._list(tag, name, ends)
            case "li" if not ends:
                self._item()
            case "pre":
                self._pre = not ends
            case "a":
                self._link(tag, ends)
            case "hr":
                self._out += ["---", ""]

    def _nest(self, before: str, ends: bool) -> None:
        if not ends:
            self._before.append(before)
        elif self._before:
            self._before.pop()

    def _list(self, tag: str, name: str, ends: bool) -> None:
        if ends:
            if self._numbers:
                self._numbers.pop()
            self._bullet = ""
        else:
            start = _START.search(tag)
            self._numbers.append(int(start[1]) if start else 1 if name == "ol" else 0)
            self._bullet = ""
        self._nest("  " if len(self._numbers) > (0 if ends else 1) else "", ends)

    def _item(self) -> None:
        number = self._numbers[-1] if self._numbers else 0
        self._bullet = f"{number}. " if number else "- "
        if number:
            self._numbers[-1] += 1

    def _link(self, tag: str, ends: bool) -> None:
        if not ends:
            href = _HREF.search(tag)
            self._links.append((unescape(href[1]) if href else "", len(self._line)))
        elif self._links:
            address, since = self._links.pop()
            text = "".join(self._line[since:]).strip()
            if address and address not in (text, f"mailto:{text}", f"http://{text}"):
                self._line.append(f" ({address})")

    def _text(self, text: str) -> None:
        if not self._pre:
            self._line.append(_SPACE.sub(" ", text))
            return
        *lines, last = text.split("\n")
        for line in lines:
            self._line.append(line)
            self._end()
        self._line.append(last)

    def _end(self) -> None:
        """The line that was begun is over."""
        line = "".join(self._line)
        line = line.rstrip() if self._pre else line.strip()
        self._line.clear()
        if not line:
            self._out += [""] * self._pre
            return
        before = "".join(self._before[:_DEEPEST])
        self._out += list(_wrapped(before + self._bullet + line, self._longest))
        self._bullet = " " * len(self._bullet)


def _wrapped(line: str, longest: int) -> Iterator[str]:
    """A line in pieces of so many bytes, cut between words where there are any."""
    while longest and len(line.encode("utf-8", "surrogatepass")) > longest:
        room = len(line.encode("utf-8", "surrogatepass")[:longest].decode("utf-8", "ignore"))
        at = line.rfind(" ", room // 2, room + 1)
        at = at if at > 0 else max(1, room)
        yield line[:at].rstrip()
        line = line[at:].lstrip()
    yield line
