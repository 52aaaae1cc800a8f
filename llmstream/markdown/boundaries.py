"""Where a text that grows may be parted, so that both parts read as before.

That is where a blank line stands before an outermost block, or before an item of an outermost
list. Pure; what stands between the parts is for the caller to know.
"""

from __future__ import annotations

from bisect import bisect_left

from .parser import Parser


class Boundaries:
    """The boundaries of one text. It reads each line once, as long as the text only grows."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._text = self._asked = ""
        self._parser = Parser()
        self._read_to = 0
        self._after_blank = False
        self._found: list[int] = []

    def after(self, text: str, at: int) -> int:
        """The first boundary at `at` or behind it; the end of the text where none has come."""
        if text is not self._asked:
            self._asked = text
            if not self._text.startswith(text):
                self._read(text)
        number = bisect_left(self._found, at)
        found = self._found[number] if number < len(self._found) else len(text)
        return min(found, len(text))

    def _read(self, text: str) -> None:
        if not text.startswith(self._text):
            self._begin()
        self._text = text
        while self._found and self._found[-1] >= self._read_to:
            self._found.pop()  # of a line that was not complete
        while (end := text.find("\n", self._read_to)) >= 0:
            self._feed(text[self._read_to : end])
            self._read_to = end + 1
        if self._after_blank and text[self._read_to :].strip():
            mark = self._parser.mark()
            self._feed(text[self._read_to :])
            self._parser.back_to(mark)
            self._after_blank = True

    def _feed(self, line: str) -> None:
        before = self._outermost
        self._parser.feed(line.rstrip("\r"), self._read_to)
        # What stands behind "</details>" is a block of its own, in the middle of the line.
        begins = self._after_blank and not line.lstrip().startswith("</")
        if begins and self._outermost != before:
            self._found.append(self._read_to)
        self._after_blank = not line.strip()

    @property
    def _outermost(self) -> tuple[int, int]:
        blocks = self._parser.root.children
        items = len(blocks[-1].children) if blocks and blocks[-1].kind == "list" else 0
        return len(blocks), items
