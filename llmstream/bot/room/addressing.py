"""Whom a text speaks to: the bot's command, or its name, at the start; a mention anywhere.

Pure functions on text. Whether that makes a question is triggers.py's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from ...matrix.reading.said import Said

# Both stop at the next tag: strangers write what they read, and 64 kB of it must be read at once.
_PILL = re.compile(
    r"""<a\s[^<>]*?href\s*=\s*["']?https://matrix\.to/#/([^"'?<>\s]{1,1000})""", re.IGNORECASE
)
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
    if said.mentions is None and me in map(unquote, _PILL.findall(said.html)):
        return True
    return _called(said.text, me, name, alone=False) is not None


def without_name(text: str, me: str, name: str) -> str:
    """The text of a message that mentions `me`, without the name at its start."""
    called = _called(text, me, name, alone=True)
    return text.strip() if called is None else text.strip()[called:].strip()


def _called(text: str, me: str, name: str, *, alone: bool) -> int | None:
    """Where the name at the start of the text ends; None where there is none.

    A name without a sign after it is a word like others ("Claude is wrong"); `alone`, it counts.
    """
    text = text.strip()
    names = [re.escape(one) for one in _names(me, name)]
    any_name = "|".join(sorted(names, key=len, reverse=True))
    link = rf"\[[^\]\n]*\]\(https://matrix\.to/#/(?:{re.escape(me)}|{_quoted(me)})[^)\s]*\)"
    ends = r"\s*(?:[:,]|\Z)" if alone else r"\s*[:,]"
    forms = rf"(?:{link}|@(?:{any_name})(?!\w))\s*[:,]?|(?:{any_name}){ends}"
    match = re.match(forms, text, re.IGNORECASE)
    return match.end() if match else None


def _names(me: str, name: str) -> Iterable[str]:
    whole = me.removeprefix("@")
    return filter(None, (whole, whole.partition(":")[0], name.strip().removeprefix("@")))


def _quoted(me: str) -> str:
    return re.escape(me.replace("@", "%40").replace(":", "%3A"))
