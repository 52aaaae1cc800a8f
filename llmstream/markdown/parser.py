"""The block structure of a Markdown text that grows line by line, and what is still open at its
end.

A line is read once, whatever follows, and the parser can go back to an earlier mark: this keeps
painting a growing answer cheap, and tells `heal` and `split` what is open. markdown-it's own
block parser needs the whole text each time; its inline parser is what reads the leaves
(inline.py).

The method is that of CommonMark's appendix, "A parsing strategy", with GFM's tables, display
maths, footnotes and <details>. Raw HTML is text, so HTML blocks do not exist. How blocks begin
is in starts.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .blocks import CONTAINERS, VERBATIM, Block, Kind, Line
from .labels import USUAL, Habits, Sign, Wanted, labels_wanted
from .references import Reference, take_definitions
from .starts import begin, ends_fence, ends_maths


@dataclass(frozen=True, slots=True)
class _Was:
    """What one open block was when the mark was taken."""

    block: Block
    kind: Kind
    info: str
    tight: bool
    children: int
    lines: int
    defining: int
    last: tuple[str, int]  # the last line, which a table may take for its header

    @classmethod
    def of(cls, block: Block) -> _Was:
        return cls(
            block,
            block.kind,
            block.info,
            block.tight,
            len(block.children),
            len(block.lines),
            block.defining,
            (block.lines[-1], block.at[-1]) if block.lines else ("", 0),
        )

    def restore(self) -> None:
        block = self.block
        block.kind, block.info, block.tight, block.open = self.kind, self.info, self.tight, True
        del block.children[self.children :], block.lines[self.lines :], block.at[self.lines :]
        if len(block.lines) < self.lines:
            block.lines.append(self.last[0])
            block.at.append(self.last[1])
        block.defining = self.defining
        block.settled = max(self.children - 1, 0)
        block.html.clear()


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a parser stood: enough to go back there."""

    spine: tuple[_Was, ...]
    references: int
    wanted: int
    habits: Habits
    after_blank: bool


class Parser:
    """Reads a text line by line into `root`.

    `open` are the blocks that may still go on, outermost first. `references` are the links
    defined so far by their normalized label; `wanted` the labels that the text refers to as
    [text][label], or seems to; `habits` how it uses brackets.
    """

    def __init__(self) -> None:
        self.root = Block("document")
        self.open: list[Block] = [self.root]
        self.references: dict[str, Reference] = {}
        self.wanted: dict[Wanted, None] = {}
        self.habits = USUAL
        self.after_blank = False

    @property
    def tip(self) -> Block:
        """The innermost open block."""
        return self.open[-1]

    def feed(self, text: str, start: int) -> None:
        """Read the line that begins at `start` of the whole text, without its line end."""
        line = Line(text, start)
        tip = self.tip
        matched = self._go_on(line)
        if matched and self.open[matched - 1].kind not in VERBATIM:
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

    def _go_on(self, line: Line) -> int:
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
                if ends_fence(block, line):
                    self.close(depth)
                    return 0
                line.take(min(line.indent, block.number))
            elif kind == "code":
                if line.indent < 4 and not line.blank:
                    return depth
                line.take(4)
            elif kind == "maths":
                if line.blank:
                    return depth  # it was none: maths has no blank lines
                if ends_maths(block, line):
                    self.close(depth)
                    return 0 if line.blank else depth
            elif line.blank and kind in {"paragraph", "table"}:
                return depth
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
            if tip.kind != "paragraph":
                self.push(Block("paragraph"))
            self._write(line)

    def _write(self, line: Line) -> None:
        paragraph = self.tip
        if line.words.startswith("["):
            self.define(paragraph)
        paragraph.lines.append(line.words)
        paragraph.at.append(line.offset(line.next))

    def push(self, block: Block) -> None:
        """Open a block inside the innermost one that can hold it."""
        while self.tip.kind not in CONTAINERS or (
            self.tip.kind == "list" and block.kind != "item"
        ):
            self.close(len(self.open) - 1)
        parent = self.tip
        if self.after_blank and parent.children:
            if parent.kind == "list":
                parent.tight = False
            elif parent.kind == "item" and parent.parent:
                parent.parent.tight = False
        block.parent = parent
        parent.children.append(block)
        self.open.append(block)

    def leaf(self, block: Block, text: str, at: int) -> None:
        """Add a leaf that this one line makes: a heading, a rule, a summary."""
        self.push(block)
        block.lines.append(text)
        block.at.append(at)
        self.close(len(self.open) - 1)

    def row(self, text: str, at: int) -> None:
        """Add a row to the open table."""
        row = Block("row", parent=self.tip, lines=[text], at=[at])
        self.tip.children.append(row)
        self._ended(row)

    def close(self, depth: int) -> None:
        """Close the open blocks from `depth` on."""
        while len(self.open) > depth:
            block = self.open.pop()
            if block.kind == "maths" and not block.info:
                block.kind = "paragraph"
            if block.kind == "paragraph":
                self.define(block)
                if not block.shown:
                    block.kind = "nothing"
            self._ended(block)

    def _ended(self, block: Block) -> None:
        block.open = False
        if block.lines and block.kind not in VERBATIM and "]" in block.text:
            self._note_labels(block)

    def _note_labels(self, block: Block) -> None:
        refers = self.habits.refers or bool(self.references)
        # Changelogs define it at the end.
        changelog = block.kind == "heading" and block.text.startswith("[Unreleased]")
        habits = replace(self.habits, refers=refers or changelog)
        labels, habits = labels_wanted(block.text, habits)
        refers = refers or any(sign is not Sign.WEAK for _, sign in labels)
        self.habits = replace(habits, refers=refers)
        for wanted in labels:
            self.wanted.setdefault(wanted)

    @property
    def awaited(self) -> list[str]:
        """The labels that are to be defined yet."""
        known = {Sign.SURE}
        if not self.habits.elsewhere:
            known.add(Sign.CODE)
        if self.habits.refers or self.references:
            known.add(Sign.WEAK)
        return [
            label for label, sign in self.wanted if sign in known and label not in self.references
        ]

    def define(self, paragraph: Block) -> None:
        """Take the link reference definitions that begin a paragraph out of it."""
        first = paragraph.lines[paragraph.defining : paragraph.defining + 1]
        if first and first[0].startswith("["):
            paragraph.defining += take_definitions(paragraph.shown, self.references)

    def mark(self) -> Mark:
        """Where the parser stands now."""
        return Mark(
            tuple(map(_Was.of, self.open)),
            len(self.references),
            len(self.wanted),
            self.habits,
            self.after_blank,
        )

    def back_to(self, mark: Mark) -> None:
        """Forget every line read since the mark was taken."""
        for was in mark.spine:
            was.restore()
        self.open = [was.block for was in mark.spine]
        while len(self.references) > mark.references:
            self.references.popitem()
        while len(self.wanted) > mark.wanted:
            self.wanted.popitem()
        self.habits, self.after_blank = mark.habits, mark.after_blank
