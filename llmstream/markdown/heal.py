"""Half-written Markdown made presentable: what is open at the end is closed, what is undecided
held back.

For display while a text is written; the finished one is rendered as it is. Only the block at the
end is touched, as Markdown ends emphasis, code and links with their block. Nothing that is
decided is lost, and no address made up.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from .blocks import VERBATIM, Block
from .labels import Habits, labels_wanted, without_code
from .openers import Opener, is_literal, may_be_version, reads_as_brackets
from .parser import Parser
from .plain import clean
from .scan import Scanner
from .segments import Segments

# A line that may still become anything: a rule, a heading's underline, the marker of a list,
# quote, fence or table, a task's box.
_UNDECIDED_LINE = re.compile(
    r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*"
    r"(?:[-=*_+#~`:|<$\\!\[ \t]*|\d{1,9}[.)]?|\[[ xX]\]?[ \t]*)$"
)
_UNDECIDED_END = re.compile(r"(?:(?<![^\s(\[])!|(?<!\|)\||&#?\w{0,8})$")
_PIPE = re.compile(r"^[ \t]*\|(?!\|[^\s|])|[ \t]+\|(?!\|)(?=[ \t]|$)")
_BLOCK_START = re.compile(r"\d{0,9}(#{1,6}(?=\s|$)|[-+*.)](?=\s|$)|[>=|]|```|~~~)")
_LONGEST_HEADER = 200  # of one that does not begin with a pipe
_BOX = re.compile(r"\[[ xX]\]\s*")
_DEFINED = re.compile(r"\[(?!\^)[^\[\]]+\]:[ \t]*\S")
_DEFINITION = re.compile(
    r"\[(?!\^)[^\[\]]*(?:\](?::\s*(?:<[^<>]*)?)?)?$|\[(?!\^)[^\[\]]+\]:\s+\S+\s+(?:\"[^\"]*|'[^']*|\([^()]*)$"
)
# These end with a line that is not theirs, and a fence in them with it.
_ENDING = frozenset({"quote", "item", "note"})
_ENDS = {"\\(": "\\)", "\\[": "\\]"}


def heal(text: str) -> str:
    """The text as it should look for now: what is open at its end closed, in its own block.

    References like [text][label] whose label is not defined yet get a definition that leads
    nowhere, so that they show as their text.
    """
    text = clean(text)
    start = text.rfind("\n") + 1
    parser = Parser()
    beginning = parser.mark()
    parser.read(text[:start])
    end, tail = mend(parser, text, start, Segments())
    healed = text[:end] + tail
    if "]" not in healed:
        return healed
    parser.back_to(beginning)
    parser.read(healed)
    tip, inside = parser.tip, {block.kind for block in parser.open}
    parser.finish()
    missing = parser.awaited
    if not missing:
        return healed
    healed = healed.removesuffix("\n") + "\n"
    if tip.kind != "fence":
        healed += "\n"
    elif not inside & _ENDING:
        healed += f"{tip.marker}\n\n"
    return healed + "\n".join(f"[{label}]: <>" for label in missing)


def mend(parser: Parser, text: str, start: int, segments: Segments) -> tuple[int, str]:
    """How far the text stays, and what follows instead of its rest.

    The parser has read the complete lines, up to `start`. Where it stands afterwards is not
    defined.
    """
    mark = parser.mark()
    line = text[start:]
    if line:
        parser.feed(line, start)
        if parser.tip.kind not in VERBATIM and _UNDECIDED_LINE.match(line):
            parser.back_to(mark)
            text, line = text[:start], ""
    tip = parser.tip
    if tip.kind == "maths":
        return _close_maths(tip, text)
    if tip.kind == "fence":
        return _hold_fence(tip, text, line)
    leaf = _last_leaf(parser, len(text) - len(line))
    if leaf is None or (
        len(leaf.shown) == 1
        and _DEFINED.match(leaf.lines[-1])
        and not _DEFINITION.match(leaf.lines[-1])
    ):
        return len(text), ""
    return _close_leaf(leaf, text, *_span(leaf, parser, segments), parser.habits)


def _close_maths(maths: Block, text: str) -> tuple[int, str]:
    end = _ENDS.get(maths.marker, "$$")
    words = text.rstrip()
    if words.endswith(end[0]) and not words.endswith(maths.marker):
        words = words[:-1].rstrip()  # half of its end
    if maths.text.strip() in {maths.marker, maths.marker + end[0], maths.marker + "\\"}:
        return maths.at[0], ""
    return len(words) - _half_escape(words), end


def _hold_fence(fence: Block, text: str, line: str) -> tuple[int, str]:
    """What may become the fence's end waits."""
    if line and fence.lines:
        last = fence.lines[-1].strip()
        if last and last == fence.marker[0] * len(last):
            return fence.at[-1], ""
    return len(text), ""


def _last_leaf(parser: Parser, start: int) -> Block | None:
    """The leaf whose text may go on: an open paragraph, or the heading or row in the unfinished
    line.
    """
    block = parser.tip
    if block.kind == "paragraph":
        return block if block.shown else None
    while block.children:
        block = block.children[-1]
    if block.kind in {"heading", "row"} and block.at and block.at[-1] >= start:
        return block
    return None


def _span(leaf: Block, parser: Parser, segments: Segments) -> tuple[int, int]:
    """The part of the leaf's text that is to be looked at: from where, and how far it is
    decided at all.
    """
    text = leaf.text
    if leaf.kind == "row":
        pipe = max((m.end() for m in re.finditer(r"(?<!\\)\|", text)), default=0)
        return len(text) - len(segments.cut(text[pipe:])[-1]), len(text)
    if leaf.kind == "paragraph":
        if _may_define(leaf, parser):
            return 0, 0
        start = len(text) - len(leaf.lines[-1])
        pipe = _header_from(leaf.lines[-1])
        if pipe >= 0:
            text = text[: start + pipe]
    return len(text) - len(segments.cut(text)[-1]), len(text)


def _may_define(leaf: Block, parser: Parser) -> bool:
    """Whether what stands in the leaf is likely to become a definition, which is not shown."""
    if len(leaf.shown) > 1 or not _DEFINITION.match(leaf.text):
        return False
    if leaf.defining:
        return True
    before = [block.kind for block in parser.root.children[-2:-1]]
    return leaf.parent is parser.root and (
        "]" in leaf.text or before == ["nothing"] or bool(parser.awaited)
    )


def _header_from(line: str) -> int:
    """Where a line may be a table's header, from its first pipe on; -1 where it is none."""
    pipe = _PIPE.search(without_code(line)) if "|" in line else None
    if not pipe or (pipe.start() and len(line) - pipe.start() > _LONGEST_HEADER):
        return -1
    return pipe.start()


def _close_leaf(leaf: Block, text: str, start: int, stop: int, habits: Habits) -> tuple[int, str]:
    whole = leaf.text
    if (bracket := whole.rfind("[", start, stop)) >= 0:
        _, habits = labels_wanted(whole[start:bracket], habits)
    scanner = Scanner(whole[start:stop], habits)
    scanner.read()
    end, dropped, closing = _decide(scanner, habits)

    at, firsts = _lines_from(leaf, len(whole), start)

    def place(index: int) -> int:
        """Where in the whole text a character of what was scanned stands."""
        line = bisect_right(firsts, start + index) - 1
        return at[line] + start + index - firsts[line]

    if len(leaf.shown) == 1 and (
        start + end == 0 or (_begins_item(leaf) and _BOX.fullmatch(whole, 0, start + end))
    ):  # an empty item could be text, its line waits as well
        return text.rfind("\n", 0, at[0]) + 1, ""
    last = place(end)
    rest = text[last:] if start + end >= len(whole.rstrip()) else ""
    cut = place(dropped[0][0]) if dropped else last
    pieces, on = [], cut
    for begin, until in dropped:
        pieces.append(text[on : place(begin)])
        on = place(until)
        if place(begin) in at and (block := _BLOCK_START.match(text, on, last)):
            pieces.append(text[on : block.start(1)] + "\\")  # it would begin a block now
            on = block.start(1)
    return cut, "".join([*pieces, text[on:last], closing, rest])


def _begins_item(leaf: Block) -> bool:
    above = leaf.parent
    return above is not None and above.kind == "item" and leaf is above.children[0]


def _lines_from(leaf: Block, end: int, start: int) -> tuple[list[int], list[int]]:
    """Where the leaf's lines from `start` on begin: in the whole text, and in the leaf's."""
    at: list[int] = []
    firsts: list[int] = []
    for line, begins in zip(reversed(leaf.shown), reversed(leaf.at), strict=False):
        end -= len(line)
        at.append(begins)
        firsts.append(end)
        if end <= start:
            break
        end -= 1  # the line end
    return at[::-1], firsts[::-1]


def _decide(scanner: Scanner, habits: Habits) -> tuple[int, list[tuple[int, int]], str]:
    """How far the text is shown, which markers are not, and what closes the rest."""
    text, openers = scanner.text, scanner.open
    end = len(text[: scanner.end].rstrip())
    if not openers or not _verbatim(openers[-1]):
        undecided = _UNDECIDED_END.search(text, 0, end)
        if undecided and scanner.end == len(text) == end:
            end = len(text[: undecided.start()].rstrip())
    if openers and openers[-1].marker[0] in "$\\":
        end = len(text[: end - _half_escape(text[:end])].rstrip())
    closing = literal = ""
    if openers and openers[-1].marker[0] == "`" and text[:end].endswith("`"):
        if end < len(text):
            closing = " "  # parts a run of its own from the end
        else:
            end = len(text.rstrip("`"))  # half of the end
    while openers and (
        not text[openers[-1].at + openers[-1].length : end].strip()
        or may_be_version(text[:end], openers[-1], habits)
    ):
        end = len(text[: openers.pop().at].rstrip())
    dropped = list(scanner.dropped)
    for opener in reversed(openers):
        marker = opener.marker
        if marker in {"[", "!["}:
            if not reads_as_brackets(text[:end], opener, habits):
                dropped.append((opener.at, opener.at + len(marker)))
        elif is_literal(text, opener):
            literal += marker
        elif marker not in literal:  # an end would go to the one inside
            closing += _end_of(opener)
    return end, sorted(span for span in dropped if span[1] <= end), closing


def _half_escape(latex: str) -> int:
    """How many characters at the end would take the backslash from what closes the maths."""
    return (len(latex) - len(latex.rstrip("\\"))) % 2


def _verbatim(opener: Opener) -> bool:
    return opener.marker[0] in "`$\\"


def _end_of(opener: Opener) -> str:
    marker = opener.marker
    if marker.startswith("<"):
        return "</" + marker[1:]
    if marker in {"*", "_", "~"}:
        return marker * opener.length
    return _ENDS.get(marker, marker)
