"""Who says what, for a model that reads the words of many: names that people choose, made safe.

A display name is free text, and so is a message. Neither may pass for another person's words, nor
for the bot's.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

_LONGEST, _LONGEST_ID = 60, 255
_MANY = 1000
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # printable, and nothing is printed
_DRAWN_AS = str.maketrans(
    "авекмнорстухѕјԁԛԝһі" + "αβγικνορτυχ" + "i1ı0ɡ",  # Cyrillic, Greek, Latin
    "abekmhopctyxsjdqwhl" + "abylkvoptux" + "lllog",
)
# The same for the names of most, of which a room may have thousands.
_ASCII = {
    code: chr(code).lower().translate(_DRAWN_AS) if chr(code).isalnum() else None
    for code in range(128)
}
# All that Unicode counts as the end of a line, so that models may too.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_LOOKS_NAMED = re.compile(
    r"^([^\w\n]{0,100}?)(?=[\[\uff3b][^\[\uff3b\]\uff3d\n]{1,300}[\]\uff3d][^\w\n]{0,9}?[:\uff1a])",
    re.MULTILINE,
)


class Names:
    """How the speakers of one conversation are called: by one name each, and no two by the same.

    Whoever is called like somebody else, like the bot, or like a role of a conversation has the id
    behind the name.

    Args:
        senders: Their user ids.
        chosen: Display names by user id, of others in the room too; who has none goes by the first
            part of their id.
        me: The bot's user id, or ''.
    """

    def __init__(self, senders: Iterable[str], chosen: Mapping[str, str], me: str = "") -> None:
        speakers = {user_id: _shown(user_id, chosen) for user_id in senders}
        self._alike: dict[str, set[str]] = {_looks(name): set() for name in speakers.values()}
        for user_id in {*chosen, *speakers, me} - {""}:
            for name in (chosen.get(user_id) or "", _localpart(user_id)):
                if (alike := self._alike.get(_looks(name))) is not None:
                    alike.add(user_id)
        self._names = {user_id: self._clear(user_id, name) for user_id, name in speakers.items()}

    @classmethod
    async def of(cls, senders: Iterable[str], chosen: Mapping[str, str], me: str = "") -> Names:
        """The same. Where thousands are in the room it takes a while, and holds nobody up."""
        if len(chosen) <= _MANY:
            return cls(senders, chosen, me)
        return await asyncio.to_thread(cls, senders, dict(chosen), me)

    def said_by(self, sender: str, text: str) -> str:
        """The text under its sender's name; no line of it looks like another person's."""
        text = _LOOKS_NAMED.sub(r"\1\\", _LINE_ENDS.sub("\n", text))
        return f"[{self._names.get(sender) or _plain(sender)}]: {text}"

    def _clear(self, user_id: str, name: str) -> str:
        looks = _looks(name)
        is_clear = (
            looks not in _NOBODYS
            and self._alike[looks] <= {user_id}
            and not {"@", ":"} & set(name)
        )
        return name if is_clear else f"{name} ({_plain(user_id, _LONGEST_ID)})"


def _shown(user_id: str, chosen: Mapping[str, str]) -> str:
    return _plain(chosen.get(user_id) or "") or _plain(_localpart(user_id)) or "someone"


def _plain(name: str, longest: int = _LONGEST) -> str:
    """Free text that closes neither the bracket nor the line, and hides nothing."""
    normal = unicodedata.normalize("NFKC", name[: longest * 4])
    plain = "".join(c if c.isprintable() and c not in "[]" else " " for c in normal)
    return " ".join(plain.translate(dict.fromkeys(map(ord, _FILLERS))).split())[:longest].strip()


def _localpart(user_id: str) -> str:
    return user_id.partition(":")[0].removeprefix("@")


def _looks(name: str) -> str:
    """What people, and models, would take for the same name, as `_plain` leaves it."""
    if len(name) <= _LONGEST and name.isascii():
        return name.translate(_ASCII)
    return _looks_of_any(name)


@lru_cache(maxsize=50_000)
def _looks_of_any(name: str) -> str:
    plain = unicodedata.normalize("NFKD", _plain(name)).casefold()
    seen = (c for c in unicodedata.normalize("NFKD", plain) if c.isalnum() and c not in _FILLERS)
    return "".join(seen).translate(_DRAWN_AS)


_NOBODYS = {"", *map(_looks, ("system", "assistant", "user", "developer", "tool", "model"))}
