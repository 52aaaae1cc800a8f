"""What a Markdown text is made of: blocks, and the lines that parser.py reads them from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from weakref import ref

Kind: TypeAlias = Literal[
    "document",
    "quote",
    "list",
    "item",
    "details",
    "note",
    "summary",
    "paragraph",
    "heading",
    "rule",
    "fence",
    "code",
    "maths",
    "table",
    "row",
    "nothing",
]

CONTAINERS: frozenset[Kind] = frozenset({"document", "quote", "list", "item", "details", "note"})
# These take their own part of each line; one that lacks it ends them.
MARKED: frozenset[Kind] = frozenset({"quote", "item", "note"})
VERBATIM: frozenset[Kind] = frozenset({"fence", "code", "maths"})


@dataclass(slots=True, eq=False, weakref_slot=True)
class Block:
    """One block.

    Leaves have `lines` (what stands before them taken away), containers have `children`. It does
    not keep its parent: who drops a tree drops its blocks, and leaves no circles by the hundred
    thousand to the garbage collector, which stops everything for as long as it looks for them.

    `at` holds, for each of the lines, where in the text it begins.
    """

    kind: Kind
    children: list[Block] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    open: bool = True
    marker: str = ""  # of a list, its bullet or delimiter; of a fence or maths, what opened it;
    # of a footnote, its label
    number: int = 0  # of an ordered list, its first; of a heading, its level
    indent: int = 0  # columns that belong to the marker of an item, or stand before a fence
    info: str = ""  # what follows the marker of a fence; what ended maths
    tight: bool = True  # no blank line between the items of a list
    aligns: tuple[str, ...] = ()  # of a table's columns
    defining: int = 0  # so many of a paragraph's first lines are link definitions, and not shown
    settled: int = 0  # so many of the children will not change any more
    html: tuple[bool, str] | None = None  # render.py's memory, once it is closed: tight or not
    joined: tuple[int, bool, str] = (0, False, "")  # render.py's memory of settled children
    _above: ref[Block] | None = None

    @property
    def parent(self) -> Block | None:
        """The container that it is in; None at the top, and where that is no more."""
        return self._above() if self._above else None

    def add(self, child: Block) -> None:
        """Let another block be the last within this one."""
        child._above = ref(self)
        self.children.append(child)

    @property
    def shown(self) -> list[str]:
        """The lines that are shown."""
        return self.lines[self.defining :] if self.defining else self.lines

    @property
    def text(self) -> str:
        """What is shown."""
        return "\n".join(self.shown)

    @property
    def ordered(self) -> bool:
        return self.marker in {".", ")"}


class Line:
    """A line and how much of it has been read. Columns count tabs as CommonMark does, to 4."""

    __slots__ = ("at", "blank", "column", "indent", "next", "start", "text")

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.start = start + len(text)  # minus what remains is where the rest begins
        self.at = 0
        self.column = 0
        self.look()

    def look(self) -> None:
        """Find the next character that is no white space, and how many columns stand before it."""
        text, at = self.text, self.at
        rest = text[at:].lstrip(" \t") if at else text.lstrip(" \t")
        self.next = len(text) - len(rest)
        self.blank = not rest
        if "\t" in text[at : self.next]:
            column = self.column
            for character in text[at : self.next]:
                column += 4 - column % 4 if character == "\t" else 1
            self.indent = column - self.column
        else:
            self.indent = self.next - at

    def take(self, columns: int) -> None:
        """Read so many columns of white space, or what there is of it."""
        while columns > 0 and self.at < self.next:
            if self.text[self.at] == "\t":
                width = 4 - self.column % 4
                if width > columns:
                    self.text = self.text[: self.at] + " " * width + self.text[self.at + 1 :]
                    self.next += width - 1
                    continue
            else:
                width = 1
            self.at += 1
            self.column += width
            columns -= width
        self.look()

    def skip(self, characters: int) -> None:
        """Read the white space before the next characters, and so many of these."""
        self.column += self.indent + characters
        self.at = self.next + characters
        self.look()

    def split(self, index: int) -> Line:
        """Keep what stands before `index`; the rest becomes a line of its own."""
        rest = Line(self.text[index:], self.offset(index))
        self.start = self.offset(index)
        self.text = self.text[:index]
        self.look()
        return rest

    @property
    def rest(self) -> str:
        return self.text[self.at :]

    @property
    def words(self) -> str:
        return self.text[self.next :]

    def offset(self, index: int) -> int:
        """Where in the whole text the character at `index` of this line stands."""
        return self.start - (len(self.text) - index)
