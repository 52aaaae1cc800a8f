"""What must be closed where a text is cut, and opened again behind it, so that both halves read
as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .blocks import Block
from .parser import Parser
from .scan import Opener, Scanner
from .starts import MATHS_END

_RULES = {"": "---", "left": ":--", "right": "--:", "center": ":-:"}


@dataclass(frozen=True, slots=True)
class Seam:
    """`closing` ends the first half, `opening` begins the second."""

    closing: str = ""
    opening: str = ""


def seam(text: str, at: int, longest: int) -> Seam:
    """How what is open at `at` ends there and begins anew.

    An opening of more than `longest` characters is left out.
    """
    parser = Parser()
    parser.read(text[:at])
    open_ = parser.open.copy()
    whole_line = at == 0 or text[at - 1] == "\n"
    if whole_line:
        end = text.find("\n", at)
        parser.feed(text[at:] if end < 0 else text[at:end], at)
        open_ = [block for block, still in zip(open_, parser.open, strict=False) if block is still]
    leaf = _leaf(open_, parser, whole_line)
    blocks = [block for block in open_ if block is not leaf]
    found = _between(blocks, leaf, whole_line, text[:at].endswith("\n"))
    return found if len(found.opening) <= longest else Seam(found.closing)


def _leaf(open_: Sequence[Block], parser: Parser, whole_line: bool) -> Block | None:
    """The leaf that goes on behind the cut."""
    if open_ and open_[-1].kind in {"paragraph", "fence", "code", "maths", "table"}:
        return open_[-1]
    if whole_line:
        return None
    block = parser.tip
    while block.children:
        block = block.children[-1]
    return block if block.kind == "heading" else None


def _between(blocks: Sequence[Block], leaf: Block | None, whole_line: bool, ended: bool) -> Seam:
    first, on = _containers(blocks)
    again = "" if whole_line else on  # what the rest of a line has lost
    closing = "</details>" * [block.kind for block in blocks].count("details")
    new_line = "" if ended else "\n"
    match leaf.kind if leaf else "":
        case "fence":
            assert leaf is not None
            opening = f"{first}{leaf.marker}{leaf.info}\n{again}"
            return Seam(f"{new_line}{on}{leaf.marker}", opening)
        case "maths":
            assert leaf is not None
            return Seam(
                f"{new_line}{on}{MATHS_END[leaf.marker]}", f"{first}{leaf.marker}\n{again}"
            )
        case "table":
            assert leaf is not None
            rules = "|" + "|".join(_RULES[align] for align in leaf.aligns) + "|"
            opening = f"{first}{leaf.children[0].text}\n{on}{rules}\n{again}"
            return Seam(opening=opening if whole_line else opening + _cells_before(leaf))
        case "code":
            return Seam(
                opening=first
                + ("\n" if whole_line and first.strip() else "    " * (not whole_line))
            )
        case "paragraph" | "heading":
            assert leaf is not None
            inline_end, inline_begin = _inline(leaf)
            level = "#" * leaf.number + " " if leaf.kind == "heading" else ""
            if not whole_line:
                return Seam(inline_end, first + level + inline_begin)
    if whole_line and first.strip(" >"):
        return Seam(closing and f"{new_line}{closing}", f"{first.rstrip()}\n")
    return Seam(closing and f"{new_line}{closing}", "")


def _containers(blocks: Sequence[Block]) -> tuple[str, str]:
    """How the containers begin a line, and how they go on in the next ones."""
    first = on = ""
    for block in blocks:
        if block.kind == "quote":
            first, on = first + "> ", on + "> "
        elif block.kind == "item":
            first += _marker(block).ljust(block.indent)
            on += " " * block.indent
        elif block.kind == "note":
            first += f"[^{block.marker}]: "
            on += "    "
        elif block.kind == "details":
            first = f"{first}<details>\n{on}"
    return first, on


def _marker(item: Block) -> str:
    above = item.parent
    if above is None or not above.ordered:
        return above.marker if above else "-"
    return f"{above.number + above.children.index(item)}{above.marker}"


def _cells_before(table: Block) -> str:
    """Empty cells, so that the rest of a row stays in its columns."""
    return "|" * max(table.children[-1].text.count("|"), 1)


def _inline(leaf: Block) -> tuple[str, str]:
    """What closes the emphasis and code open at the leaf's end, and what opens it again."""
    text = leaf.text[-1600:]
    scanner = Scanner(text)
    scanner.read()
    runs = [_run(opener) for opener in scanner.open if opener.marker[0] in "*_~`"]
    return "".join(reversed(runs)), "".join(runs)


def _run(opener: Opener) -> str:
    return opener.marker if opener.marker[0] == "`" else opener.marker * opener.length
