"""How the blocks of Markdown begin and end: one small function for each first character.

Each gets the tree, the line with its containers' markers read away, and how many of the open
blocks the line belongs to. It answers None when nothing begins here, 0 when the line is used up,
or else how many open blocks the rest of the line belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from markdown_it.common.utils import unescapeAll

from .blocks import MARKED, Block, Line
from .details import details, ends_details, is_outdented
from .spans import half_maths
from .tables import alignments, cells
from .tree import Tree

_MOST = 60  # blocks that begin in one line
_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_HEADING_END = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
_UNDERLINE = re.compile(r"(=+|-+)[ \t]*$")
_COMPARISON = re.compile(r">=?\s*[$€£]?\d+(?!\d|[.)](?:\s|$))")  # "- > 25: rich" is no quote
_RULE = re.compile(r"([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
_MARKER = re.compile(r"([-*+])(?=[ \t]|$)|(\d{1,9})([.)])(?=[ \t]|$)")
_MATHS = re.compile(r"\$\$(?!\$)|\\\[")
MATHS_END = {"$$": "$$", "\\[": "\\]"}
_COMMENT = re.compile(r"<!--(?:(?!-->).)*-->\s*")
_NOTE = re.compile(r"\[\^([^\[\]\s]+)\]:")

Start: TypeAlias = Callable[[Tree, Line, int], int | None]


def begin(tree: Tree, line: Line, matched: int) -> int:
    """Open the blocks that begin in this line.

    How many of the open ones its rest belongs to, or 0.
    """
    for _ in range(_MOST):
        if line.blank:
            return matched
        if line.indent >= 4 and not is_outdented(tree, line, matched):
            if tree.tip.kind == "paragraph":
                return matched
            tree.close(matched)
            line.take(4)
            tree.push(Block("code"))
            return len(tree.open)
        character = line.text[line.next]
        begun = None
        for start in _STARTS.get("0" if character.isdecimal() else character, ()):
            begun = start(tree, line, matched)
            if begun is not None:
                break
        if begun is None:
            return matched
        if begun == 0:
            return 0
        matched = begun
    return matched


def _quote(tree: Tree, line: Line, matched: int) -> int | None:
    above = tree.open[matched - 1]
    if above.kind == "item" and not above.children and _COMPARISON.match(line.words):
        return None
    begun = tree.contain(matched, Block("quote"))
    if begun is not None:
        line.skip(1)
        line.take(1)
    return begun


def _heading(tree: Tree, line: Line, matched: int) -> int | None:
    match = _HEADING.match(line.words)
    if not match:
        return None
    level = len(match[1])
    tree.close(matched)
    line.skip(level)
    text = _HEADING_END.sub("", line.words).rstrip()
    tree.leaf(Block("heading", number=level), text, line.offset(line.next))
    return 0


def _underline(tree: Tree, line: Line, matched: int) -> int | None:
    """A setext heading: the paragraph above becomes it."""
    paragraph = tree.open[matched - 1]
    match = _UNDERLINE.match(line.words)
    if not match or paragraph.kind != "paragraph":
        return None
    tree.define(paragraph)
    if not paragraph.shown:
        return None
    paragraph.kind = "heading"
    paragraph.number = 1 if match[1][0] == "=" else 2
    tree.close(matched - 1)
    return 0


def _rule(tree: Tree, line: Line, matched: int) -> int | None:
    if not _RULE.match(line.words):
        return None
    tree.close(matched)
    tree.leaf(Block("rule"), "", line.offset(line.next))
    return 0


def _fence(tree: Tree, line: Line, matched: int) -> int | None:
    match = _FENCE.match(line.words)
    if not match:
        return None
    tree.close(matched)
    marker, info = match[1] or match[3], match[2] or match[4] or ""
    tree.push(Block("fence", marker=marker, number=line.indent, info=unescapeAll(info.strip())))
    return 0


def ends_fence(tree: Tree, fence: Block, line: Line) -> bool:
    """Whether the line ends the open fence, which takes what is its own of it: in details, their
    end may follow.
    """
    words = line.words.rstrip(" \t")
    rest = words.lstrip(fence.marker[0])
    length = len(words) - len(rest)
    if (
        line.indent > 3
        or length < len(fence.marker)
        or (rest and not ends_details(tree, rest.lstrip()))
    ):
        return False
    line.skip(length)
    return True


def _item(tree: Tree, line: Line, matched: int) -> int | None:
    match = _MARKER.match(line.words)
    if not match:
        return None
    bullet, number, delimiter = match.groups()
    width = match.end()
    above = tree.open[matched - 1]
    if above.kind == "paragraph" and (
        not line.words[width:].strip() or (number and int(number) != 1)
    ):
        return None
    marker = bullet or delimiter
    item = Block("item", number=int(number or 0))
    if above.kind == "list" and above.marker == marker:
        begun = tree.contain(matched, item)
    else:
        begun = tree.contain(matched, Block("list", marker=marker, number=item.number), item)
    if begun is None:
        return None
    offset = line.indent
    line.skip(width)
    padding = line.indent if not line.blank and 1 <= line.indent <= 4 else 1
    line.take(padding)
    item.indent = offset + width + padding
    return begun


def _table(tree: Tree, line: Line, matched: int) -> int | None:
    """The row above becomes a header, when this line is what separates it from the body."""
    paragraph = tree.open[matched - 1]
    if paragraph.kind != "paragraph" or len(paragraph.lines) == paragraph.defining:
        return None
    if "|" not in paragraph.lines[-1]:
        return None
    aligns = alignments(line.words)
    if not aligns or len(cells(paragraph.lines[-1])) != len(aligns):
        return None
    header, at = paragraph.lines.pop(), paragraph.at.pop()
    tree.close(matched - 1)
    tree.push(Block("table", aligns=aligns))
    tree.row(header, at)
    return 0


def _maths(tree: Tree, line: Line, matched: int) -> int | None:
    """Display maths, when nothing but maths is in the line."""
    match = _MATHS.match(line.words)
    if not match:
        return None
    end = MATHS_END[match[0]]
    before, found, after = line.words[match.end() :].partition(end)
    if found:
        if after.strip() or not before.strip():
            return None
    elif before.strip():
        reads_as_maths = half_maths(before.strip())
        if reads_as_maths is False or (reads_as_maths is None and end == "\\]"):
            return None  # "\\[" is also how a bracket is escaped
    tree.close(matched)
    tree.push(Block("maths", marker=match[0]))
    tree.tip.lines.append(line.words)
    tree.tip.at.append(line.offset(line.next))
    if found:
        tree.tip.info = end
        tree.close(len(tree.open) - 1)
    return 0


def ends_maths(maths: Block, line: Line) -> bool:
    """Whether the line ends the open maths, which takes what is its own of it."""
    end = MATHS_END[maths.marker]
    words = line.words.rstrip()
    if not words.startswith(end) and not words.endswith(end):
        return False
    length = len(end) if words.startswith(end) else len(words)
    maths.lines.append(words[:length])
    maths.at.append(line.offset(line.next))
    maths.info = end
    line.skip(length)
    return True


def _comment(tree: Tree, line: Line, matched: int) -> int | None:
    """A comment is text as well, but like CommonMark's it ends with its line: a definition may
    follow.
    """
    if not _COMMENT.fullmatch(line.words):
        return None
    tree.close(matched)
    tree.leaf(Block("paragraph"), line.words, line.offset(line.next))
    return 0


def _note(tree: Tree, line: Line, matched: int) -> int | None:
    """A footnote's text, which is shown at the end. It is part of no quote, item or other note."""
    match = _NOTE.match(line.words)
    if not match or any(block.kind in MARKED for block in tree.open[:matched]):
        return None
    begun = tree.contain(matched, Block("note", marker=match[1].casefold(), indent=4))
    tree.notes.append(tree.tip)
    line.skip(match.end())
    line.take(3)
    return begun


_STARTS: dict[str, tuple[Start, ...]] = {
    ">": (_quote,),
    "#": (_heading,),
    "=": (_underline,),
    "-": (_underline, _table, _rule, _item),
    "*": (_rule, _item),
    "_": (_rule,),
    "+": (_item,),
    "0": (_item,),
    "`": (_fence,),
    "~": (_fence,),
    "|": (_table,),
    ":": (_table,),
    "$": (_maths,),
    "\\": (_maths,),
    "<": (details, _comment),
    "[": (_note,),
}
