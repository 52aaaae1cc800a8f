"""HTML as text that a model can read: no scripts, no styles, one line for each block."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_SILENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "iframe", "object", "select"}
)
_BLOCK = re.compile(
    "address|article|aside|blockquote|br|d[dlt]|div|fig(caption|ure)|footer|form|h[1-6r]|header|li"
    "|main|nav|[ou]l|option|p|pre|section|t(able|body|head|r)|title"
)
_MARKS = {"li": "- ", "h1": "# ", "h2": "## ", "h3": "### ", "td": " | ", "th": " | "}
_PIECE = 16_384  # characters parsed before looking whether there is enough


def readable(html: str, enough: int) -> str:
    """The text of a page, at most a little more than `enough` of it. Slow: use a thread."""
    reader = _Reader()
    for start in range(0, len(html), _PIECE):
        reader.feed(html[start : start + _PIECE])
        if reader.length > enough:
            break
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.length = 0
        self._pieces: list[str] = []
        self._silent = ""
        self._depth = 0
        self._preformatted = 0

    def text(self) -> str:
        """What was read, without the blank lines and spaces that only markup makes."""
        text = "".join(self._pieces)
        text = re.sub(r"[ \t]+\n", "\n", text)
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if self._silent:
            self._depth += tag == self._silent
        elif tag in _SILENT:
            self._silent, self._depth = tag, 1
        else:
            self._preformatted += tag == "pre"
            self._break(tag)
            self._write(_MARKS.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            self._depth -= tag == self._silent
            if not self._depth:
                self._silent = ""
        else:
            self._preformatted = max(0, self._preformatted - (tag == "pre"))
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self._write(data if self._preformatted else re.sub(r"\s+", " ", data))

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
