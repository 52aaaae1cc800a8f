"""Whom a text speaks to: the bot's command, or its name, at the start; a mention anywhere.

Pure functions on text. Whether that makes a question is triggers.py's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import unquote

from ...matrix.reading.said import Said

# Both stop at the next tag: strangers write what they read, and 64 kB of it must be read at once.
_PILL = re.compile(
    r"""<a\s[^<>]*?href\s*=\s*["']?"""
    r"""(?:https?://(?:www\.)?matrix\.to/#/|matrix:(?=u/))([^"'?<>\s]{1,1000})""",
    re.IGNORECASE,
)
_SIGNS = "[:,\uff1a\uff0c\u3001]"  # the full-width ones too
_UNSEEN = "[\u200b-\u200f\u2060-\u2069\ufeff]{0,9}"
_COMMAND = re.compile(r"!([^\s!]\S*)\s*(.*)", re.DOTALL)


def command(text: str) -> tuple[str, str] | None:
    """The lower-case name of a command and what follows it: "!ASK\\nwhy" is ("ask", "why").

    maubot splits commands at spaces only, so that it never hears of the form with a line break.
    """
    match = _COMMAND.fullmatch(text.strip())
    return (match[1].lower(), match[2].strip()) if match else None


def is_mentioned(said: Said, me: str, name: str) -> bool:
    """Whether the message speaks to `me`: by `m.mentions`, in a pill, or by name at the start.

    A pill counts only where the client sends no `m.mentions`; where it does, the pill is a quote.
    """
    if said.mentions is not None and me in said.mentions:
        return True
    if said.mentions is None and me in map(_pointed_at, _PILL.findall(said.html)):
        return True
    return _called(said.text, me, name, alone=False) is not None


def _pointed_at(address: str) -> str:
    """The user id in a link: as it is, or as "u/name:server" (spec: `matrix:` URIs)."""
    address = unquote(unescape(address))
    return f"@{address[2:]}" if address.startswith("u/") else address


def without_name(text: str, me: str, name: str) -> str:
    """The text of a message that mentions `me`, without the name at its start."""
    called = _called(text, me, name, alone=True)
    return text.strip() if called is None else text.strip()[called:].strip()


def _called(text: str, me: str, name: str, *, alone: bool) -> int | None:
    """Where the name at the start of the text ends; None where there is none.

    A name without a sign after it is a word like others ("Claude is wrong"); `alone`, it counts.
    """
    text = text.strip()
    names = (_spaced(one) for one in sorted(_names(me, name), key=len, reverse=True))
    any_name = rf"(?:{'|'.join(names)})(?:\s*\({re.escape(me)}\))?"
    ids = rf"matrix\.to/#/(?:{re.escape(me)}|{_quoted(me)})|matrix:u/{re.escape(me[1:])}"
    link = rf"\[[^\]\n]*\]\((?:https://)?(?:{ids})(?![\w.:-])[^)\s]*\)"
    ends = rf"\s*(?:{_SIGNS}|\Z)" if alone else rf"\s*{_SIGNS}"
    at_name = rf"@{any_name}(?!\w)|@\[{any_name}\]"  # FluffyChat writes the brackets
    forms = rf"{_UNSEEN}(?:(?:{link}|{at_name})\s*{_SIGNS}?|{any_name}{ends})"
    match = re.match(forms, text, re.IGNORECASE)
    return match.end() if match else None


def _spaced(name: str) -> str:
    """The name as an expression, with any white space between its words."""
    return r"\s+".join(map(re.escape, name.split()))


def _names(me: str, name: str) -> Iterable[str]:
    whole = me.removeprefix("@")
    return filter(None, (whole, whole.partition(":")[0], name.strip().removeprefix("@")))


def _quoted(me: str) -> str:
    return re.escape(me.replace("@", "%40").replace(":", "%3A"))
