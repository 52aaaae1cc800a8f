"""Who says what, for a model that reads the words of many: names that people choose, made safe.

A display name is free text, and so is a message. Neither may pass for another person's words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain, islice

_LONGEST = 60
_MOST = 5_000  # members of a room that speakers are compared with
# All that Unicode counts as the end of a line, so that models may too.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_LOOKS_NAMED = re.compile(r"^(\W*)\[(?=[^\]\n]{1,300}\]\s*[:\uff1a])", re.MULTILINE)


class Names:
    """How the speakers of one conversation are called: by one name each, and no two by the same.

    Args:
        senders: Their user ids.
        chosen: Display names by user id, of others in the room too; who has none goes by the first
            part of their id. Whoever is called like somebody else has the id behind the name.
    """

    def __init__(self, senders: Iterable[str], chosen: Mapping[str, str]) -> None:
        plain = {sender: _plain(chosen.get(sender) or _localpart(sender)) for sender in senders}
        silent = (chosen[other] for other in islice(chosen, _MOST) if other not in plain)
        count = Counter(map(_looks, chain(plain.values(), filter(None, silent))))
        self._names = {
            sender: name if count[_looks(name)] == 1 else f"{name} ({_plain(sender)})"
            for sender, name in plain.items()
        }

    def said_by(self, sender: str, text: str) -> str:
        """The text under its sender's name; no line of it looks like another person's."""
        text = _LOOKS_NAMED.sub(r"\1\\[", _LINE_ENDS.sub("\n", text))
        return f"[{self._names.get(sender) or _plain(sender)}]: {text}"


def _plain(name: str) -> str:
    """Free text that closes neither the bracket nor the line."""
    plain = "".join(c if c.isprintable() and c not in "[]" else " " for c in name[: _LONGEST * 4])
    return " ".join(plain.split())[:_LONGEST].strip() or "someone"


def _localpart(user_id: str) -> str:
    return user_id.partition(":")[0].removeprefix("@")


def _looks(name: str) -> str:
    """What people, and models, would take for the same name."""
    name = name[: _LONGEST * 4]
    return "".join(_plain(unicodedata.normalize("NFKC", name)).casefold().split())
