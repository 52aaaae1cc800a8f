"""Where in a text that streams a block of Markdown may begin: as much of it as think.py needs.

Fences and blank lines, not more: what blocks there are is the Markdown module's to say.
"""

from __future__ import annotations

import re

_LINE_START = 100  # what a line is shows in its first characters
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


class BlockStarts:
    """Where in the Markdown we are: at a block's beginning, inside a line, inside fenced code."""

    def __init__(self) -> None:
        self._line = ""
        self._after_blank = True
        self._fence = ""

    @property
    def at_boundary(self) -> bool:
        return not self._line and self._after_blank and not self._fence

    @property
    def fenced(self) -> bool:
        return bool(self._fence)

    def pass_over(self, piece: str) -> None:
        """Move on by a piece that holds at most one newline, at its end."""
        if len(self._line) < _LINE_START:
            self._line += piece
        if piece.endswith("\n"):
            self._end_line(self._line)
            self._line = ""

    def pass_plain(self, lines: str) -> None:
        """Move on by whole lines, none of which begins or ends a fence but with what it had."""
        first = lines.find("\n") + 1
        self.pass_over(lines[:first])
        if rest := lines[first:]:
            self.pass_over(rest[rest.rfind("\n", 0, -1) + 1 :])

    def _end_line(self, line: str) -> None:
        self._after_blank = not line.strip()
        fence = _FENCE.match(line)
        if not fence:
            return
        marks, rest = fence[1], fence[2].strip()
        if not self._fence:
            self._fence = marks
        elif marks.startswith(self._fence) and not rest:
            self._fence = ""
