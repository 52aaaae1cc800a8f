"""What a marker that nothing has ended yet is likely to become: markup, or the character it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .labels import Habits

_ASIDE = re.compile(
    r"\s|[-+,;:=…^]|<a\s|!(?!\[)|\.(?!\.?/)|(?:[A-Z]{4,}|PS):\s|\d+\s*[,;:…]|[xX ]\]|$"
    r"|\[[^\]]*(?:$|\]\()"  # no link contains another
)
_NAME = re.compile(r"\S*[/(_]\S*|\S+\.\w\S*")
_IDENTIFIER = re.compile(r"[^\W_]+(?:_[^\W_]+)+(?![\w*])|\w+</")
_UNIX = re.compile(r"(?:nix|BSD)\b")


@dataclass(slots=True)
class Opener:
    """Something begun at `at` that nothing has ended; `length` of its marker is left."""

    marker: str
    at: int
    length: int
    closes: bool = False  # it may end emphasis as well
    run: int = 0  # the length of the whole run
    targeted: bool = False  # of a link, its address has begun


def are_odd(opener: Opener, run: int, opens: bool) -> bool:
    """CommonMark's rule of three: runs that could go both ways do not pair up when they add up
    to it.
    """
    return (
        (opener.closes or opens)
        and (opener.run + run) % 3 == 0
        and not (opener.run % 3 == 0 and run % 3 == 0)
    )


def reads_as_brackets(text: str, opener: Opener, habits: Habits) -> bool:
    """Whether a "[" without its end is likely to be just that: an index, an interval, an aside."""
    if opener.marker != "[" or opener.targeted:
        return False
    before, content = text[opener.at - 1 : opener.at], text[opener.at + 1 :]
    if (habits.blank and not habits.refers) or (habits.elsewhere and content.startswith("`")):
        return True
    if before and (_is_letter(before) or before in ")]_") and not content.startswith("!["):
        return True
    if text[: opener.at].rstrip(" ").endswith("="):
        return True
    return _ASIDE.match(content) is not None


def _is_letter(character: str) -> bool:
    """Whether it is one of a word that spaces part from others: Chinese has none before links."""
    return character.isalnum() and character < "\u2e80"


def may_be_version(text: str, opener: Opener, habits: Habits) -> bool:
    """Whether this is "[1.2", which may become a link or stay in its brackets."""
    content = text[opener.at + 1 :]
    return (
        opener.marker == "["
        and re.fullmatch(r"[\d.]+", content) is not None
        and not reads_as_brackets(text, opener, habits)
    )


def is_literal(text: str, opener: Opener) -> bool:
    """Whether asterisks or an underscore are likely to stay: 2*3, ~/.*rc, */, /_api, _a_b()."""
    before, content = text[opener.at - 1 : opener.at], text[opener.at + opener.run :]
    if before.isdigit() and content[:1].isdigit():
        return True
    if opener.length != 1 or opener.run != 1:
        return False
    if opener.marker == "_":
        return (
            text[: opener.at].endswith(("/", "=", '="'))
            or (before == "[" and _NAME.fullmatch(content.split("]")[0]) is not None)
            or (before in {'"', "'"} and before in content)
            or _IDENTIFIER.match(content) is not None
        )
    if opener.marker != "*":
        return False
    if before == "/":  # a comment gets its end, a path does not
        return opener.at > 1 and (text[opener.at - 2].isalnum() or text[opener.at - 2] in ".~_-*")
    return (
        content.startswith((*"/.,;:)]}", "</"))
        or _UNIX.match(content) is not None
        or (before != "" and (_is_letter(before) or before in ".\\)]}=+-:,;"))
    )
