"""<details> and <summary>, the tags around blocks: they begin and end where their author wrote
it, also in the midst of a line.
"""

from __future__ import annotations

import re

from .blocks import Block, Line
from .guesses import without_code
from .tree import Tree

_DETAILS = re.compile(r"<details(?:\s[^<>]*)?>", re.IGNORECASE)
_MARKERS = r"(?:[>\s]|[-+*]\s|\d{1,9}[.)]\s)*"
_BEGINS_DETAILS = re.compile(_MARKERS + _DETAILS.pattern, re.IGNORECASE)
_BEGINS_VERBATIM = re.compile(_MARKERS + r"(?:`{3}|~{3}|\\\[(?!.*\\\])|\$\$(?!.*\$\$))")
_ENDS_WITH_DETAILS = re.compile(_DETAILS.pattern + r"\s*$", re.IGNORECASE)
_DETAILS_END = re.compile(r"</details\s*>", re.IGNORECASE)
_SUMMARY = re.compile(r"<summary(?:\s[^<>]*)?>", re.IGNORECASE)
_SUMMARY_END = re.compile(r"</summary\s*>", re.IGNORECASE)
_ESCAPED = re.compile(r"\\[\\<]")
# In the midst of a line, details begin only with a summary: "the <details> tag" is text.
_WITHIN = re.compile(
    rf"(?P<begin>{_DETAILS.pattern}\s*(?=<summary[\s>]))|{_DETAILS_END.pattern}", re.IGNORECASE
)


def details(tree: Tree, line: Line, matched: int) -> int | None:
    """What begins or ends with a tag here, as starts.py has it."""
    if match := _DETAILS.match(line.words):
        begun = tree.contain(matched, Block("details"))
        if begun is not None:
            line.skip(match.end())
        return 0 if line.blank else begun
    if match := _DETAILS_END.match(line.words):
        return _end(tree, line, match.end())
    if _SUMMARY_END.fullmatch(line.words.rstrip()):
        return 0  # one too many, likewise
    if match := _SUMMARY.match(line.words):
        return _summary(tree, line, matched, match.end())
    return None


def _end(tree: Tree, line: Line, length: int) -> int | None:
    inside = [i for i, block in enumerate(tree.open) if block.kind == "details"]
    if inside:
        tree.close(inside[-1])
        line.skip(length)
        return 0 if line.blank else len(tree.open)
    # One too many is not shown, as in browsers.
    return None if line.words[length:].strip() else 0


def _summary(tree: Tree, line: Line, matched: int, length: int) -> int | None:
    above = tree.open[matched - 1]
    if begun := _begun_by(above):
        above.lines[-1] = above.lines[-1][: begun.start()].rstrip()
        tree.contain(matched - 1, Block("details"))
        above = tree.tip
    if above.kind != "details" or above.children:
        return None
    summary = Block("summary")
    tree.push(summary)
    line.skip(length)
    if not ends_summary(summary, line):
        _keep(summary, line, len(line.words))
        return 0
    tree.close(len(tree.open) - 1)
    return 0 if line.blank else len(tree.open)


def _begun_by(block: Block) -> re.Match[str] | None:
    """What begins details at the end of a paragraph, if a summary follows."""
    if block.kind != "paragraph" or not block.shown:
        return None
    return _ENDS_WITH_DETAILS.search(block.lines[-1])


def ends_summary(summary: Block, line: Line) -> bool:
    """Whether the open summary ends in this line, which it takes what is its own of."""
    match = _SUMMARY_END.search(_without_text(line.words)) or _SUMMARY_END.search(line.words)
    if match:
        _keep(summary, line, match.start())
        line.skip(match.end())
    return match is not None


def _keep(summary: Block, line: Line, length: int) -> None:
    words = line.words[:length].rstrip()
    if words:
        summary.lines.append(words)
        summary.at.append(line.offset(line.next))


def details_within(tree: Tree, line: Line, matched: int) -> int:
    """Where, in the midst of the line, details begin or end; -1 where they do not.

    Those of a table's cell are its text, and so are those of code, but for the end of what it is
    in.
    """
    if "<" not in line.text or not _WITHIN.search(line.text):
        return -1
    folds = sum(block.kind == "details" for block in tree.open)
    folds += bool(_BEGINS_DETAILS.match(line.words)) - bool(_DETAILS_END.match(line.words))
    folds += bool(_SUMMARY.match(line.words) and _begun_by(tree.tip))
    is_text = tree.tip.kind in {"table", "code"} or _becomes_code(tree, line, matched)
    in_cell = 0
    for match in _WITHIN.finditer(_without_text(line.text), line.next + 1):
        if _BEGINS_VERBATIM.match(line.text[line.next : match.start()]):
            return -1
        if match["begin"] and not is_text:
            return match.start()
        in_cell += 1 if match["begin"] else -1
        if in_cell < 0 < folds:
            return match.start()
        in_cell = max(in_cell, 0)
    return -1


def _without_text(text: str) -> str:
    """As long as the text, without the tags that are code or escaped."""
    return _ESCAPED.sub("xx", without_code(text))


def _becomes_code(tree: Tree, line: Line, matched: int) -> bool:
    """Whether the white space before the line makes it code, as in starts.py."""
    goes_on = tree.tip.kind in {"paragraph", "summary"}
    return line.indent > 3 and not goes_on and not is_outdented(tree, line, matched)


def is_outdented(tree: Tree, line: Line, matched: int) -> bool:
    """Whether the white space before the line makes no code: in details up to a blank line, as in
    CommonMark's HTML blocks, and before their end.
    """
    if tree.open[matched - 1].kind == "details" and not tree.after_blank:
        return True
    return ends_details(tree, line.words)


def ends_details(tree: Tree, words: str) -> bool:
    """Whether details that are open end with these words."""
    return _DETAILS_END.match(words) is not None and any(
        block.kind == "details" for block in tree.open
    )
