"""The kinds of values that a key can have: what is allowed, and how it is read.

A kind reads what YAML has and what a person typed alike, so `500` and `"500"` are the same number.
Which key is of which kind is not known here (values.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_MOST = 10**12


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value.

    Args:
        allowed: What it can be, as the end of a sentence: "command, mention or all".
        read: The value, plain and typed. Raises `ValueError` where it is none of this kind.
        secret: Never to be shown, not even in the sentence that says it is wrong.
    """

    allowed: str
    read: Callable[[object], Any]
    secret: bool = False


def hidden(kind: Kind) -> Kind:
    """The same kind, for what nobody may see."""
    return replace(kind, secret=True)


def either(*words: str) -> Kind:
    """One of these words."""

    def read(value: object) -> str:
        word = str(value).strip().lower()
        if word not in words:
            raise ValueError
        return word

    return Kind(f"{', '.join(words[:-1])} or {words[-1]}", read)


def flag() -> Kind:
    """True or false."""

    def read(value: object) -> bool:
        if isinstance(value, bool):
            return value
        if str(value).strip().lower() not in _FLAGS:
            raise ValueError
        return _FLAGS[str(value).strip().lower()]

    return Kind("true or false", read)


def flag_or_auto() -> Kind:
    """True or false, or the word auto where the bot is to decide."""
    read_flag = flag().read

    def read(value: object) -> Any:
        return "auto" if str(value).strip().lower() == "auto" else read_flag(value)

    return Kind("auto, true or false", read)


def whole(least: int = 0, most: int = _MOST, unit: str = "") -> Kind:
    """A whole number from `least` to `most`."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,15}", str(value).strip()):
            raise ValueError
        return int(_within(int(str(value)), least, most))

    upto = f" to {most}" if most < _MOST else " up"
    return Kind(f"a whole number{unit and f' of {unit}'} from {least}{upto}", read)


def number_or_unset(least: float, most: float) -> Kind:
    """A number from `least` to `most`; None where it is ''."""

    def read(value: object) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        if isinstance(value, str) and not value.strip():
            return None
        number = float(value) if isinstance(value, str) else value
        return float(_within(number, least, most))

    upto = f" to {most:g}" if most < _MOST else " up"
    return Kind(f"a number from {least:g}{upto}, or '' for the model's own", read)


def dollars() -> Kind:
    """An amount of US dollars, as exactly as it is written."""

    def read(value: object) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        written = str(value).strip()
        if not re.fullmatch(r"[0-9]{0,13}(\.[0-9]{1,12})?(e-[0-9]{1,2})?", written) or not written:
            raise ValueError
        try:
            return Decimal(_within(Decimal(written), 0, _MOST))
        except InvalidOperation:
            raise ValueError from None

    return Kind("a number of US dollars from 0 up", read)


def price() -> Kind:
    """What a million tokens cost; None where it is ''."""
    amount = dollars()

    def read(value: object) -> Decimal | None:
        return None if isinstance(value, str) and not value.strip() else amount.read(value)

    return Kind(f"{amount.allowed}, or '' where unknown", read)


def text() -> Kind:
    """Any text. Numbers and the like have lost how they were written, so they are none."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError
        return str(value)

    return Kind("a text (in quotes, if it looks like a number, a date or true)", read)


def word() -> Kind:
    """One word as it is typed after the `!`, in lower case: that is how maubot compares it.

    Of what can be typed: no control characters, and more than what nobody sees (an emoji may be of
    several characters with joiners between).
    """

    def read(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"[^\s!]{1,100}", value.strip()):
            raise ValueError
        kinds = {unicodedata.category(character) for character in value.strip()}
        if kinds & {"Cc", "Cs"} or kinds <= {"Cf", "Cn", "Co", "Mn", "Me", "Mc"}:
            raise ValueError
        return value.strip().lower()

    return Kind("one word that can be typed, without the `!`", read)


def name() -> Kind:
    """Something without spaces: the name of a tool, a glob over ids."""

    def read(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"\S+", value.strip()):
            raise ValueError
        return value.strip()

    return Kind("a name without spaces", read)


def address() -> Kind:
    """An http(s) URL or ''. Hidden: there may be a password in it."""

    def read(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(r"(https?://\S+)?", value.strip()):
            raise ValueError
        return value.strip()

    return hidden(Kind("an address that begins with http:// or https://", read))


def list_of(item: Kind, what: str) -> Kind:
    """Several of a kind, as a YAML list or typed with commas or spaces between; never twice."""

    def read(value: object) -> tuple[Any, ...]:
        if isinstance(value, str):
            value = value.replace(",", " ").split()
        if not isinstance(value, Sequence):
            raise ValueError
        return tuple(dict.fromkeys(item.read(entry) for entry in value))

    return Kind(f"a list of {what}", read, item.secret)


def globs() -> Kind:
    """Ids, with `*` for any part of them; see `matches`."""
    return list_of(name(), "ids, with `*` for any part")


def matches(glob: str, id: str) -> bool:
    """Whether an id is meant by a glob: `*` is any text and `?` any one character.

    Matrix specification, appendices, "Glob-style matching". Ids are compared as a whole:
    `@bob:x.org` is not `@bob:x.organization`.
    """
    return bool(_pattern(glob).fullmatch(id))


def matches_room(glob: str, room_id: str, server: str = "") -> bool:
    """The same for a room; ids of room version 12 count also as if they ended with this server.

    Args:
        server: That of who made the room, as far as it is known. Before version 12, ids end with a
            server themselves.
    """
    whole = f"{room_id}:{server}" if server and ":" not in room_id else room_id
    return matches(glob, room_id) or matches(glob, whole)


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    first, *parts = (re.escape(part).replace(r"\?", ".") for part in glob.split("*"))
    # What stands between two stars is taken where it comes first: many stars take no time.
    between = "".join(f"(?>.*?{part})" for part in parts[:-1])
    last = f".*{parts[-1]}" if parts else ""
    return re.compile(first + between + last, re.DOTALL)


def always_never_or_names() -> Kind:
    """Which of a server's calls are meant: all, none, or those of the named tools."""
    when, names = either("always", "never"), list_of(name(), "tools")
    return Kind(
        "always, never or a list of the tools that need it",
        lambda value: (when if isinstance(value, str) else names).read(value),
    )


def arguments() -> Kind:
    """A list of texts, in order. Hidden: people pass keys so."""

    def read(value: object) -> tuple[str, ...]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise ValueError
        return tuple(_scalar(entry) for entry in value)

    return hidden(Kind("a list of texts", read))


def texts_by_name() -> Kind:
    """A map from names to texts, such as headers. Hidden: keys are in there."""

    def read(value: object) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise ValueError
        return {str(name): _scalar(entry) for name, entry in value.items()}

    return hidden(Kind("a map of names and texts", read))


def anything_by_name() -> Kind:
    """A map passed on as it is."""

    def read(value: object) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValueError
        return {str(name): _plain(entry) for name, entry in value.items()}

    return hidden(Kind("a map of names and values", read))


def _within(value: Any, least: float, most: float) -> Any:
    if not least <= value <= most:
        raise ValueError
    return value


def _scalar(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError
    return str(value)


def _plain(value: object) -> Any:
    """The same without ruamel.yaml's types, which JSON encoders and copies may not know."""
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(entry) for entry in value]
    for plain in (bool, int, float, str):
        if isinstance(value, plain):
            return plain(value)
    return value
