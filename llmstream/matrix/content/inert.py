"""Words that are no command to anybody, whatever they begin with.

A model can be made to begin with "!ban @bob", "hubot deploy" or "mjolnir: …", and other bots of
the room obey messages that begin so, also edited ones (mautrix hands bots an edit's new content).
No list of prefixes is complete, as some are nothing but a bot's name. So before the first word of
all that we send stands U+2060 WORD JOINER: it shows nowhere, and no language's trim takes it away.

Pure. In HTML likewise, as that is what bridges pass on; but code, which people copy, has none in
it, nor a block of code before it.
"""

from __future__ import annotations

import re

_MARK = "\u2060"
_BEFORE_WORDS = re.compile(r"(?:\s|<(?!(?:pre|code)\b)[^>]*>)*")


def inert(body: str) -> str:
    """A body, or the first words of one, as nobody's command."""
    return _MARK + body if body else body


def inert_html(html: str) -> str:
    """HTML of ours likewise."""
    beginning = _BEFORE_WORDS.match(html)
    at = beginning.end() if beginning else 0
    has_none = at == len(html) or html.startswith("<pre", at)
    return html if has_none else html[:at] + _MARK + html[at:]


def as_meant(body: str) -> str:
    """What `inert` was given; also what somebody else wrote, unchanged."""
    return body.removeprefix(_MARK)
