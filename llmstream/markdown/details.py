"""<details> and <summary>, the tags around blocks: they end where their author closed them, also
in the midst of a line.
"""

from __future__ import annotations

import re

from .blocks import Block, Line
from .guesses import without_code
from .tree import Tree

_DETAILS = re.compile(r"<details(?:\s[^<>]*)?>", re.IGNORECASE)
_BEGINS_DETAILS = re.compile(r"(?:[>\s]|[-+*]\s|\d{1,9}[.)]\s)*" + _DETAILS.pattern, re.IGNORECASE)
_DETAILS_END = re.compile(r"</details\s*>", re.IGNORECASE)
_SUMMARY = re.compile(r"<summary(?:\s[^<>]*)?>", re.IGNORECASE)
_SUMMARY_END = re.compile(r"</summary\s*>", re.IGNORECASE)


def details(tree: Tree, line: Line, matched: int) -> int | None:
    """What begins or ends with a tag here, as starts.py has it."""
    if match := _DETAILS.match(line.words):
        begun = tree.contain(matched, Block("details"))
        if begun is not None:
            line.skip(match.end())
        return begun
    if match := _DETAILS_END.match(line.words):
        inside = [i for i, block in enumerate(tree.open) if block.kind == "details"]
        if not inside:
            return None
        tree.close(inside[-1])
        line.skip(match.end())
        return 0 if line.blank else len(tree.open)
    match = _SUMMARY.match(line.words)
    above = tree.open[matched - 1]
    if not match or above.kind != "details" or above.children:
        return None
    summary = Block("summary")
    tree.push(summary)
    line.skip(match.end())
    if not ends_summary(summary, line):
        _keep(summary, line, len(line.words))
        return 0
    tree.close(len(tree.open) - 1)
    return 0 if line.blank else len(tree.open)


def ends_summary(summary: Block, line: Line) -> bool:
    """Whether the open summary ends in this line, which it takes what is its own of."""
    match = _SUMMARY_END.search(line.words)
    if match:
        _keep(summary, line, match.start())
        line.skip(match.end())
    return match is not None


def _keep(summary: Block, line: Line, length: int) -> None:
    words = line.words[:length].rstrip()
    if words:
        summary.lines.append(words)
        summary.at.append(line.offset(line.next))


def details_end(tree: Tree, line: Line) -> int:
    """Where, in the midst of the line, details end; -1 where they do not."""
    if "<" not in line.text or not _DETAILS_END.search(line.text):
        return -1
    folds = any(block.kind == "details" for block in tree.open)
    if not folds and not _BEGINS_DETAILS.match(line.words):
        return -1
    end = _DETAILS_END.search(without_code(line.text), line.next + 1)
    return end.start() if end else -1
