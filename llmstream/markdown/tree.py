"""The blocks of a text as far as it has been read: which are open, and what its labels lead to.

How blocks look in a text is in starts.py, which line goes where in parser.py.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

from .blocks import CONTAINERS, VERBATIM, Block, Kind
from .guesses import USUAL, Habits, Wanted, labels_noted, labels_wanted, may_be_footnote

# Matrix: tags nest less than 100 deep, and Element shows 50. A list takes two of them a level,
# text another dozen (tokens.py).
_DEEPEST = 24


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a label leads, as written. An empty address: nowhere yet."""

    address: str


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
    last: tuple[str, int]  # the last line, of which a table or a fold may take

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
        del block.children[self.children :]
        if self.lines:
            block.lines[self.lines - 1 :], block.at[self.lines - 1 :] = (
                [self.last[0]],
                [self.last[1]],
            )
        else:
            block.lines.clear()
            block.at.clear()
        block.defining = self.defining
        block.settled = max(self.children - 1, 0)
        block.html = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What a tree was: enough to go back there."""

    spine: tuple[_Was, ...]
    references: int
    wanted: int
    noted: int
    notes: int
    habits: Habits
    after_blank: bool


class Tree:
    """The blocks below `root`.

    `open` are the blocks that may still go on, outermost first. `references` are the links
    defined so far by their normalized label; `wanted` the labels that the text refers to as
    [text][label], or seems to; `habits` how it uses brackets. `notes` are the footnotes, `noted`
    the labels that refer to them, in order. `after_blank` tells that the last line was blank.
    """

    def __init__(self) -> None:
        self.root = Block("document")
        self.open: list[Block] = [self.root]
        self.references: dict[str, Reference] = {}
        self.wanted: dict[Wanted, None] = {}
        self.noted: dict[Wanted, None] = {}
        self.notes: list[Block] = []
        self.habits = USUAL
        self.after_blank = False

    @property
    def tip(self) -> Block:
        """The innermost open block."""
        return self.open[-1]

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
            elif parent.kind == "item" and (above := parent.parent):
                above.tight = False
        parent.add(block)
        self.open.append(block)

    def contain(self, matched: int, *blocks: Block) -> int | None:
        """Open containers behind the first `matched` open blocks. How many are open then; None
        where that would be too deep.
        """
        if matched + len(blocks) > _DEEPEST:
            return None
        self.close(matched)
        for block in blocks:
            self.push(block)
        return len(self.open)

    def leaf(self, block: Block, text: str, at: int) -> None:
        """Add a leaf that this one line makes: a heading, a rule, a summary."""
        self.push(block)
        block.lines.append(text)
        block.at.append(at)
        self.close(len(self.open) - 1)

    def row(self, text: str, at: int) -> None:
        """Add a row to the open table."""
        row = Block("row", lines=[text], at=[at])
        self.tip.add(row)
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
        text = block.text if block.lines and block.kind not in VERBATIM else ""
        if "]" in text:
            habits = replace(self.habits, refers=self.habits.refers or bool(self.references))
            labels, self.habits = labels_wanted(text, habits)
            for wanted in labels:
                self.wanted.setdefault(wanted)
            for noted in labels_noted(text):
                self.noted.setdefault(noted)

    @property
    def awaited(self) -> list[str]:
        """The labels that are to be defined yet."""
        refers = self.habits.refers or bool(self.references)
        awaited = (
            label
            for label, sure in self.wanted
            if (sure or refers) and label not in self.references
        )
        return [*islice(awaited, _AWAITED)]

    def numbers(self, final: bool) -> dict[str, int]:
        """The number that each label of a footnote shows, those that are to be defined yet
        included unless `final`.

        It is the label's own where all of them are numbers that count up, so that they stay when
        the answer goes on in a next message; else they count in the order of the text.
        """
        defined = dict.fromkeys(note.marker for note in self.notes)
        shown = {
            label for label, sure in self.noted if may_be_footnote(label, sure, final)
        } | defined.keys()
        referred = dict.fromkeys(label for label, _ in self.noted if label in shown)
        labels = [*(referred | defined)]
        if all(map(str.isdecimal, labels)):
            listed = sorted({int(note.marker) for note in self.notes if note.children})
            if listed == [*range(min(listed, default=0), max(listed, default=-1) + 1)]:
                return {label: int(label) for label in labels}
        return {label: number for number, label in enumerate(labels, 1)}

    @property
    def awaited_notes(self) -> list[str]:
        """The labels of footnotes that are to be defined yet."""
        defined = {note.marker for note in self.notes}
        return [label for label in self.numbers(final=False) if label not in defined]

    def define(self, paragraph: Block) -> None:
        """Take the link reference definitions that begin a paragraph out of it."""
        first = paragraph.lines[paragraph.defining : paragraph.defining + 1]
        if first and first[0].startswith("["):
            paragraph.defining += _take_definitions(paragraph.shown, self.references)

    def mark(self) -> Mark:
        """What the tree is now."""
        return Mark(
            tuple(map(_Was.of, self.open)),
            len(self.references),
            len(self.wanted),
            len(self.noted),
            len(self.notes),
            self.habits,
            self.after_blank,
        )

    def back_to(self, mark: Mark) -> None:
        """Forget everything since the mark was taken."""
        for was in mark.spine:
            was.restore()
        self.open = [was.block for was in mark.spine]
        while len(self.references) > mark.references:
            self.references.popitem()
        while len(self.wanted) > mark.wanted:
            self.wanted.popitem()
        while len(self.noted) > mark.noted:
            self.noted.popitem()
        del self.notes[mark.notes :]
        self.habits, self.after_blank = mark.habits, mark.after_blank


_definitions = MarkdownIt("zero").enable(["reference"])
# tokens.py decides.
_definitions.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005

# The common definition: no title, nothing escaped.
_SIMPLE = re.compile(r"\[(?!\s*\])([^\[\]\\]+)\]:[ \t]+([^\s<>\\&()]+)[ \t]*")
_AWAITED = 500  # labels: where they turn out to lead nowhere, all that refers to them changes
# A definition has at most this many lines; longer ones are text.
_LINES = 8


def _take_definitions(lines: list[str], known: MutableMapping[str, Reference]) -> int:
    """How many of a paragraph's lines are definitions, which are added to `known`.

    Of two with the same label, the first one counts.
    """
    taken = 0
    while taken < len(lines) and _may_define(lines[taken]):
        simple = _SIMPLE.fullmatch(lines[taken])
        if simple and all(line.startswith("[") for line in lines[taken + 1 : taken + 2]):
            known.setdefault(normalizeReference(simple[1]), Reference(simple[2]))
            taken += 1
            continue
        window = lines[taken : taken + _LINES]
        env: dict[str, Any] = {}
        tokens: list[Token] = []
        _definitions.block.parse("\n".join(window), _definitions, env, tokens)
        if not env:
            break
        for label, reference in env["references"].items():
            known.setdefault(label, Reference(reference["href"]))
        taken += tokens[0].map[0] if tokens and tokens[0].map else len(window)
    return taken


def _may_define(line: str) -> bool:
    # "[^1]:" is a footnote's (starts.py); no address is longer than this.
    return line.startswith("[") and not line.startswith("[^") and len(line) < 4096
