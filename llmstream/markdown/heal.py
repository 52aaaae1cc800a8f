"""Half-written Markdown made presentable: what is open at the end is closed, what is undecided
held back.

For display while a text is written; the finished one is rendered as it is. Only the block at the
end is touched, as Markdown ends emphasis, code and links with their block. Nothing that is
decided is lost, and no address made up.
"""

from __future__ import annotations

import re

from .blocks import MARKED, VERBATIM, Block
from .closing import ENDS, decide, half_escape
from .edits import Edit, applied, in_text
from .guesses import Habits, definition, half_definition, header_from, labels_wanted
from .parser import Parser
from .plain import clean
from .scan import Scanner
from .segments import Segments

# A line that may still become anything: a rule, a heading's underline, the marker of a list,
# quote, fence or table, a task's box.
_UNDECIDED_LINE = re.compile(
    r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*"
    r"(?:[-=*_+#~`:|<>$\\!\[ \t]*|\[\^[^\[\]\s]*\]?:?[ \t]*|\d{1,9}[.)]?|\[[ xX]\]?[ \t]*)$"
)
# What would end details, and the code in them with it.
_HALF_FOLD_END = re.compile(
    r"[ \t>]*(?:`{3,}|~{3,})?[ \t]*<(?:/(?:d(?:e(?:t(?:a(?:i(?:ls?\s*)?)?)?)?)?)?)?$",
    re.IGNORECASE,
)
_HELD = 200  # characters of a line are held so at most
_BOX = re.compile(r"\[[ xX]\]\s*")


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
    end = ENDS.get(maths.marker, "$$")
    words = _escaped(text.rstrip())
    if end == "$$":
        words = _escaped(words.rstrip("$ \t\n"))  # half of its end
    empty = maths.text.strip().removeprefix(maths.marker).strip() in {"", end[0], "\\"}
    if empty or len(words) <= maths.at[0] + len(maths.marker):
        return maths.at[0], ""
    return len(words), end


def _escaped(words: str) -> str:
    """The words without a last backslash that would escape what follows."""
    return words[: len(words) - half_escape(words)]


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
        return start, len(text) - half_escape(text)  # of a pipe within the cell
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
    edits = decide(scanner, whole[start - 1 : start] if start else "\n")
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
