"""Half-written Markdown made presentable: what is open at the end is closed, what is undecided
held back.

For display while a text is written; the finished one is rendered as it is. Only the block at the
end is touched, as Markdown ends emphasis, code and links with their block. Nothing that is
decided is lost, and no address made up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from html import unescape

from .blocks import MARKED, VERBATIM, Block
from .edits import Edit, applied, in_text
from .guesses import (
    Habits,
    definition,
    half_definition,
    header_from,
    is_literal,
    labels_wanted,
)
from .inline import NOWHERE, render
from .parser import Parser
from .plain import clean
from .scan import Opener, Scanner
from .segments import Segments

# A line that may still become anything: a rule, a heading's underline, the marker of a list,
# quote, fence or table, a task's box.
_UNDECIDED_LINE = re.compile(
    r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*"
    r"(?:[-=*_+#~`:|<>$\\!\[ \t]*|\[\^[^\[\]\s]*\]?:?[ \t]*|\d{1,9}[.)]?|\[[ xX]\]?[ \t]*)$"
)
_UNDECIDED_END = re.compile(r"(?:(?<![^\s(\[])!|(?<![|\\])\||&#?\w{0,8}|\[\^[^\[\]\s]{0,40})$")
# What would end details, and the code in them with it.
_HALF_FOLD_END = re.compile(
    r"[ \t>]*(?:`{3,}|~{3,})?[ \t]*<(?:/(?:d(?:e(?:t(?:a(?:i(?:ls?\s*)?)?)?)?)?)?)?$",
    re.IGNORECASE,
)
_HELD = 200  # characters of a line are held so at most
# What would begin a block, or be none of the line, if the marker before it were hidden.
_BLOCK_START = re.compile(
    r"\s|$|\d{0,9}(?:#{1,6}(?=\s|$)|[-+*.)](?=\s|$)|[>=|<]|```|~~~|\$\$|\\\[|\[)"
)
_BOX = re.compile(r"\[[ xX]\]\s*")
_TAGS = re.compile(r"<[^>]*>")
_ENDS = {"\\(": "\\)", "\\[": "\\]"}


def heal(text: str) -> str:
    """The text as it should look for now: what is open at its end closed, in its own block.

    References like [text][label] whose label is not defined yet get a definition that leads
    nowhere, so that they show as their text; footnotes get one without text.
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
    missing = [f"[{label}]: <>" for label in parser.awaited]
    missing += [f"[^{label}]:" for label in parser.awaited_notes]
    if not missing:
        return healed
    healed = healed.removesuffix("\n") + "\n"
    if tip.kind != "fence":
        healed += "\n"
    elif not inside & MARKED:
        healed += f"{tip.marker}\n\n"
    return healed + "\n".join(missing)


def mend(parser: Parser, text: str, start: int, segments: Segments) -> tuple[int, str]:
    """How far the text stays, and what follows instead of its rest.

    The parser has read the complete lines, up to `start`. Where it stands afterwards is not
    defined.
    """
    mark = parser.mark()
    line = text[start:]
    if line:
        parser.feed(line, start)
        verbatim = parser.tip.kind in VERBATIM
        undecided = _HALF_FOLD_END if verbatim else _UNDECIDED_LINE
        if len(line) < _HELD and undecided.match(line):
            parser.back_to(mark)
            text, line = text[:start], ""
    tip = parser.tip
    if tip.kind == "maths":
        return _close_maths(tip, text)
    if tip.kind == "fence":
        return _hold_fence(tip, text, line)
    leaf = _last_leaf(parser, len(text) - len(line))
    if leaf is None or (len(leaf.shown) == 1 and definition(leaf.lines[-1])):
        return len(text), ""
    return _close_leaf(leaf, text, *_span(leaf, parser, segments), parser.habits)


def _close_maths(maths: Block, text: str) -> tuple[int, str]:
    end = _ENDS.get(maths.marker, "$$")
    words = text.rstrip()
    if words.endswith(end[0]) and not words.endswith(maths.marker):
        words = words[:-1].rstrip()  # half of its end
    if maths.text.strip().removeprefix(maths.marker).strip() in {"", end[0], "\\"}:
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
    if block.kind == "paragraph" and len(block.shown) > 1:
        parser.define(block)
    if block.kind in {"paragraph", "summary"}:
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
        pipe = text.rfind("|")
        while pipe > 0 and text[pipe - 1] == "\\":
            pipe = text.rfind("|", 0, pipe)
        pipe += 1
        start = len(text) - len(segments.cut(text[pipe:])[-1])
        return start, len(text) - _half_escape(text)  # of a pipe within the cell
    if leaf.kind == "paragraph":
        if _may_define(leaf, parser):
            return 0, 0
        start = len(text) - len(leaf.lines[-1])
        pipe = header_from(leaf.lines[-1])
        if pipe >= 0:
            text = text[: start + pipe]
    return len(text) - len(segments.cut(text)[-1]), len(text)


def _may_define(leaf: Block, parser: Parser) -> bool:
    """Whether what stands in the leaf is likely to become a definition, which is not shown."""
    if len(leaf.shown) > 1 or not half_definition(leaf.text):
        return False
    if leaf.defining:
        return True
    before = [block.kind for block in parser.root.children[-2:-1]]
    return leaf.parent is parser.root and (
        "]" in leaf.text or before == ["nothing"] or bool(parser.awaited)
    )


def _close_leaf(leaf: Block, text: str, start: int, stop: int, habits: Habits) -> tuple[int, str]:
    whole = leaf.text
    if (bracket := whole.rfind("[", start, stop)) >= 0:
        _, habits = labels_wanted(whole[start:bracket], habits)
    scanner = Scanner(whole[start:stop], habits)
    scanner.read()
    edits = _decide(scanner, whole[start - 1 : start] if start else "\n")
    shown = start + edits[-1].start
    if len(leaf.shown) == 1 and (
        not shown or (_begins_item(leaf) and _BOX.fullmatch(whole, 0, shown))
    ):  # an empty item could be text, its line waits as well
        return text.rfind("\n", 0, leaf.at[-1]) + 1, ""
    *edits, last = in_text(leaf, start, edits)
    end = last.start if shown >= len(whole.rstrip()) else len(text)  # white space may stay
    return applied(text, [*edits, Edit(last.start, end, last.new)])


def _begins_item(leaf: Block) -> bool:
    above = leaf.parent
    return above is not None and above.kind == "item" and leaf is above.children[0]


def _decide(scanner: Scanner, before: str) -> list[Edit]:
    """Which markers of the scanned text are hidden; last, where it ends and what closes it.

    `before` is the character before it.
    """
    text, openers = scanner.text, scanner.open
    end, closing = _decided(scanner), ""
    if openers and openers[-1].marker[0] == "`" and text[:end].endswith("`"):
        if end < len(text):
            closing = " "  # parts a run of its own from the end
        else:
            end = len(text.rstrip("`"))  # half of the end
    while openers and (
        not text[openers[-1].at + openers[-1].length : end].strip()
        or scanner.may_be_version(openers[-1], end)
    ):
        end = len(text[: openers.pop().at].rstrip())
    hidden = [Edit(*span) for span in scanner.dropped]
    twins = Counter((opener.marker, opener.length) for opener in openers)
    literal = ""
    for opener in reversed(openers):
        marker = opener.marker
        if marker in {"[", "!["}:
            if not scanner.stays(opener, end):
                hidden.append(Edit(opener.at, opener.at + len(marker)))
        elif marker in {"*", "_", "~"} and (
            opener.around
            or twins[marker, opener.length] > 1  # no bold text has bold text in it
            or is_literal(text, opener.at, opener.run)
        ):
            literal += marker
        elif marker not in literal:  # an end would go to the one inside
            closing += _end_of(opener)
    edits = sorted(
        edit
        for edit in hidden
        if edit.end <= end
        and not (
            (text[edit.start - 1] if edit.start else before) == "\n"
            and _BLOCK_START.match(text, edit.end, end)
        )
    )
    if closing and not _would_close(text[:end], edits, closing):
        closing = ""
    return [*edits, Edit(end, len(text), closing)]


def _would_close(text: str, edits: Sequence[Edit], closing: str) -> bool:
    """Whether all of `closing` ends something, read as the finished text will be."""
    _, text = applied(text, [Edit(0, 0), *edits])
    seen = unescape(_TAGS.sub("", render(text + closing, NOWHERE)))
    return seen[-1:] not in closing or (
        seen[-1:] == text[-1:] and not Counter(seen) - Counter(text)
    )


def _decided(scanner: Scanner) -> int:
    """How much of the scanned text is decided."""
    text, openers = scanner.text, scanner.open
    end = len(text[: scanner.end].rstrip())
    if not openers or openers[-1].marker[0] not in "`$\\":
        undecided = _UNDECIDED_END.search(text, 0, end)
        if undecided and scanner.end == len(text) == end:
            end = len(text[: undecided.start()].rstrip())
    elif openers[-1].marker[0] in "$\\":
        end = len(text[: end - _half_escape(text[:end])].rstrip())
    return end


def _half_escape(latex: str) -> int:
    """How many characters at the end would take the backslash from what closes the maths."""
    return (len(latex) - len(latex.rstrip("\\"))) % 2


def _end_of(opener: Opener) -> str:
    marker = opener.marker
    if marker.startswith("<"):
        return "</" + marker[1:]
    if marker in {"*", "_", "~"}:
        return marker * opener.length
    return _ENDS.get(marker, marker)
