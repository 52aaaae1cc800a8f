"""The block structure of a Markdown text that grows line by line.

A line is read once, whatever follows, and the parser can go back to an earlier mark: this keeps
painting a growing answer cheap, and tells `heal` and `split` what is open. markdown-it's own
block parser needs the whole text each time; its inline parser is what reads the leaves
(inline.py).

The method is that of CommonMark's appendix, "A parsing strategy", with GFM's tables, display
maths, footnotes and <details>. Raw HTML is text, so HTML blocks do not exist. How blocks begin
is in starts.py.
"""

from __future__ import annotations

from .blocks import VERBATIM, Block, Kind, Line
from .details import details_within, ends_details, ends_summary
from .starts import begin, ends_fence, ends_maths
from .tree import Tree

_FOLDS = 50  # that begin or end in one line; more are text


class Parser(Tree):
    """Reads a text line by line into its tree."""

    def feed(self, text: str, start: int) -> None:
        """Read the line that begins at `start` of the whole text, without its line end."""
        line = Line(text, start)
        tip, matched = self.tip, self._go_on(line)
        if matched and self.open[matched - 1].kind not in VERBATIM - {"code"}:
            for _ in range(_FOLDS):
                seam = details_within(self, line, matched)
                if seam < 0:
                    break
                rest = line.split(seam)
                self._take(line, matched, tip)
                line, tip = rest, self.tip
                matched = len(self.open) - (tip.kind == "code")  # which ends there
        self._take(line, matched, tip)

    def _take(self, line: Line, matched: int, tip: Block) -> None:
        """Read what is left of a line, of which so many of the open blocks have taken theirs."""
        if matched and self._may_begin(line, self.open[matched - 1].kind):
            matched = begin(self, line, matched)
        if not matched:  # nothing is left of the line
            self.after_blank = False
            return
        if (
            matched < len(self.open)
            and tip is self.tip
            and tip.kind == "paragraph"
            and not line.blank
        ):
            self._write(line)  # CommonMark's lazy continuation
        else:
            self.close(matched)
            self._add(line)
        kind = self.tip.kind
        self.after_blank = line.blank and (
            bool(self.tip.children) if kind == "item" else kind not in {"quote", "fence"}
        )

    def _may_begin(self, line: Line, inside: Kind) -> bool:
        """Whether blocks may begin in a line of such a block."""
        return inside not in VERBATIM and (
            inside != "summary" or line.words[:2] == "</"  # of what it is in
        )

    def read(self, text: str, start: int = 0) -> None:
        """Read all lines of what begins at `start` of the whole text; the last one may lack its
        end.
        """
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        for line in lines:
            self.feed(line, start)
            start += len(line) + 1

    def finish(self) -> None:
        """Nothing follows any more."""
        self.close(1)

    def _go_on(self, line: Line) -> int:  # noqa: C901  # a branch a kind
        """How many of the open blocks the line belongs to; 0 where it only ended one."""
        for depth in range(1, len(self.open)):
            block = self.open[depth]
            kind = block.kind
            if kind == "quote":
                if line.indent > 3 or line.blank or line.text[line.next] != ">":
                    return depth
                line.skip(1)
                line.take(1)
            elif kind in {"item", "note"}:
                if line.blank:
                    if not block.children:
                        return depth
                elif line.indent < block.indent:
                    return depth
                else:
                    line.take(block.indent)
            elif kind == "fence":
                if ends_fence(self, block, line):
                    self.close(depth)
                    return 0 if line.blank else depth
                line.take(min(line.indent, block.number))
            elif kind == "code":
                if (line.indent < 4 and not line.blank) or ends_details(self, line.words):
                    return depth
                line.take(4)
            elif kind == "maths":
                if line.blank:
                    return depth  # it was none: maths has no blank lines
                if ends_maths(block, line):
                    self.close(depth)
                    return 0 if line.blank else depth
            elif line.blank and kind in {"paragraph", "table", "summary"}:
                return depth + (kind == "summary" and not block.lines)
            elif kind == "summary" and ends_summary(block, line):
                self.close(depth)
                return 0 if line.blank else depth
        return len(self.open)

    def _add(self, line: Line) -> None:
        tip = self.tip
        if tip.kind in VERBATIM:
            tip.lines.append(line.rest)
            tip.at.append(line.offset(line.at))
        elif line.blank:
            pass
        elif tip.kind == "table":
            self.row(line.words, line.offset(line.next))
        else:
            if tip.kind not in {"paragraph", "summary"}:
                self.push(Block("paragraph"))
            self._write(line)

    def _write(self, line: Line) -> None:
        leaf = self.tip
        if line.words.startswith("[") and leaf.kind == "paragraph":
            self.define(leaf)
        leaf.lines.append(line.words)
        leaf.at.append(line.offset(line.next))
