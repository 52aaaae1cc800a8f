"""Blocks to Matrix HTML, each rendered once: closed blocks remember theirs until a label they
use changes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import Any, Literal, TypeAlias

from markdown_it.common.utils import escapeHtml

from .blocks import Block
from .inline import render as render_inline
from .segments import Segments
from .tables import aligned, cells
from .tokens import normalize
from .tree import Reference, Tree

Tables: TypeAlias = Literal["html", "text"]

_TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
_ITEM_END = "</li>\n"
_LANGUAGE = re.compile(r"\S+")
_CELL_END = re.compile(r"</t[hd]>\n")
_TAGS = re.compile(r"<[^>]*>")
_PADDED = 20  # columns: rows are filled up so far; longer ones are remembered cell by cell
_LONG_CELL = 500  # characters
_NOWHERE = Reference("")


class Renderer:
    """Renders the blocks of one text, and remembers what it rendered.

    `tables` says how tables are shown: as HTML, or as aligned text for clients that drop table
    tags.
    """

    def __init__(self, tables: Tables, segments: Segments) -> None:
        self._tables = tables
        self._cut = segments.cut
        self._view: dict[str, Reference] = {}
        self._numbers: dict[str, int] = {}
        self._asked: set[str] = set()
        self._waiting: dict[str, list[Block]] = {}  # who asked for a label
        self._pieces: dict[str, tuple[str, set[str]]] = {}

    def document(self, tree: Tree, final: bool) -> str:
        """The HTML of the whole.

        Unless `final`, what refers to a label that leads nowhere yet shows as text.
        """
        wanted = () if final else tree.awaited
        self._see(
            dict.fromkeys(wanted, _NOWHERE) | tree.references,
            tree.numbers(final) if tree.noted or tree.notes else {},
        )
        return self._children(tree.root) + self._notes(tree.notes)

    def _see(self, view: dict[str, Reference], numbers: dict[str, int]) -> None:
        changed = {label for label, _ in view.items() ^ self._view.items()}
        changed |= {f"^{label}" for label, _ in numbers.items() ^ self._numbers.items()}
        self._view, self._numbers = view, numbers
        if changed:
            self._pieces = {
                text: known for text, known in self._pieces.items() if not known[1] & changed
            }
        for label in changed & self._waiting.keys():
            for leaf in self._waiting.pop(label):
                block: Block | None = leaf
                while block is not None:
                    block.html = None
                    block.joined = (0, False, "")
                    block = block.parent

    def get(self, label: str, default: Any = None) -> Any:
        """What markdown-it's link rule asks for (`inline.Lookup`)."""
        self._asked.add(label)
        reference = self._view.get(label)
        if reference is None:
            return default
        return {"href": normalize(reference.address), "title": ""}

    def number(self, label: str) -> int | None:
        """What the rule for footnotes asks for (`inline.Lookup`)."""
        self._asked.add(f"^{label}")
        return self._numbers.get(label)

    def _block(self, block: Block, tight: bool = False) -> str:
        if block.html and block.html[0] == tight:
            return block.html[1]
        html = self._render(block, tight)
        if not block.open:
            block.html = (tight, html)
        return html

    def _render(self, block: Block, tight: bool) -> str:  # noqa: C901  # a branch a kind
        match block.kind:
            case "paragraph":
                html = self._inline(block, block.text.rstrip())
                return html if tight else f"<p>{html}</p>\n"
            case "heading":
                html = self._inline(block, block.text.rstrip())
                return f"<h{block.number}>{html}</h{block.number}>\n"
            case "list":
                return self._list(block)
            case "item":
                return self._item(block, tight)
            case "quote":
                return f"<blockquote>\n{self._children(block)}</blockquote>\n"
            case "details":
                html = self._children(block)
                return f"<details>\n{html}</details>\n" if html else ""
            case "summary":
                html = self._inline(block, block.text)
                return f"<summary>{html}</summary>\n" if html else ""
            case "fence" | "code":
                return _code(block)
            case "maths":
                latex = escapeHtml(_latex(block))
                return f'<div data-mx-maths="{latex}"><code>{latex}</code></div>\n'
            case "note":
                return ""  # at the end
            case "rule":
                return "<hr>\n"
            case "table":
                return self._table(block)
            case "row":
                return self._row(block)
        return self._children(block)

    def _children(self, block: Block, tight: bool = False) -> str:
        count, was_tight, html = block.joined
        if tight != was_tight:
            count, html = 0, ""
        if count < block.settled:
            html += "".join([self._block(c, tight) for c in block.children[count : block.settled]])
            count = block.settled
            block.joined = (count, tight, html)
        return html + "".join([self._block(child, tight) for child in block.children[count:]])

    def _list(self, block: Block) -> str:
        tag = "ol" if block.ordered else "ul"
        start = f' start="{block.number}"' if block.ordered and block.number != 1 else ""
        return f"<{tag}{start}>\n{self._children(block, block.tight)}</{tag}>\n"

    def _item(self, item: Block, tight: bool) -> str:
        children = [child for child in item.children if child.kind != "nothing"]
        parts = ["<li>"]
        if children and not (tight and children[0].kind == "paragraph"):
            parts.append("\n")
        for child in children:
            parts.append(self._block(child, tight and child.kind == "paragraph"))
            if tight and child.kind == "paragraph" and child is not children[-1]:
                parts.append("\n")
        parts.append(_ITEM_END)
        return "".join(parts)

    def _notes(self, notes: Sequence[Block]) -> str:
        listed = sorted(
            (self._numbers[note.marker], index)
            for index, note in enumerate(notes)
            if note.children
        )
        if not listed:
            return ""
        items: dict[int, str] = {}
        for number, index in listed:
            item = self._item(notes[index], True)
            if number in items:  # which is defined twice
                item = f"{items[number].removesuffix(_ITEM_END)}<br>\n{item.removeprefix('<li>')}"
            items[number] = item
        parts = ["<hr>\n"]
        for number, item in items.items():
            if number - 1 not in items:
                start = f' start="{number}"' if number != 1 else ""
                parts.append(f"<ol{start}>\n")
            parts.append(item)
            if number + 1 not in items:
                parts.append("</ol>\n")
        return "".join(parts)

    def _inline(self, leaf: Block, text: str) -> str:
        self._asked = set()
        box = ""
        above = leaf.parent
        if above and above.kind == "item" and leaf is above.children[0]:
            task = _TASK.match(text)
            if task:
                box = "☐ " if task[1] == " " else "☑ "
                text = text[task.end() :]
        html = box + self._leaf(text)
        if not leaf.open:
            self._wait(leaf)
        return html

    def _wait(self, leaf: Block) -> None:
        """Render the leaf anew when a label that it has asked for changes."""
        for label in self._asked:
            self._waiting.setdefault(label, []).append(leaf)

    def _leaf(self, text: str) -> str:
        *pieces, last = self._cut(text)
        return "".join([*map(self._piece, pieces), render_inline(last, self)])

    def _piece(self, text: str) -> str:
        """Part of a long leaf, which is rendered again and again while its end grows."""
        known = self._pieces.get(text)
        if known is None:
            before, self._asked = self._asked, set()
            known = self._pieces[text] = (render_inline(text, self), self._asked)
            self._asked = before
        self._asked |= known[1]
        return known[0]

    def _row(self, row: Block) -> str:
        self._asked = set()
        table = row.parent
        assert table is not None
        tag = "th" if row is table.children[0] else "td"
        texts = cells(row.text)
        empty = f"<{tag}></{tag}>\n" * (min(len(table.aligns), _PADDED) - len(texts))
        few = len(texts) <= _PADDED
        html = "".join([f"<{tag}>{self._cell(text, few)}</{tag}>\n" for text in texts])
        self._wait(row)
        return f"<tr>\n{html}{empty}</tr>\n"

    def _cell(self, text: str, few: bool) -> str:
        return self._leaf(text) if few or len(text) > _LONG_CELL else self._piece(text)

    def _table(self, table: Block) -> str:
        header = table.children[0]
        if self._tables == "text":
            text = aligned([self._cells(row) for row in table.children], table.aligns)
            return f"<pre><code>{escapeHtml(text)}</code></pre>\n"
        html = f"<table>\n<thead>\n{self._block(header)}</thead>\n"
        rows = self._children(table)[len(self._block(header)) :]
        if rows:
            html += f"<tbody>\n{rows}</tbody>\n"
        return html + "</table>\n"

    def _cells(self, row: Block) -> list[str]:
        html = self._block(row).replace("<br>\n", " ")
        return [unescape(_TAGS.sub("", cell)).strip() for cell in _CELL_END.split(html)[:-1]]


def _code(block: Block) -> str:
    lines = block.lines
    if block.kind == "code":
        end = len(lines)
        while end and not lines[end - 1].strip():
            end -= 1
        lines = lines[:end]
    language = _LANGUAGE.match(block.info)
    name = f' class="language-{escapeHtml(language[0])}"' if language else ""
    body = escapeHtml("\n".join(lines)) + ("\n" if lines else "")
    return f"<pre><code{name}>{body}</code></pre>\n"


def _latex(block: Block) -> str:
    text = block.text.strip().removeprefix(block.marker)
    return text.removesuffix(block.info).strip() if block.info else text.strip()
