"""One room's entry in the text of the configuration, found and changed without reading the rest.

A file of thousands of rooms takes a second to read as YAML; people in rooms must not be able to
make everybody wait so long. What stands under `rooms:` is found by its indentation, which is right
for a text laid out as `lines_of_rooms` finds it: written.py compares that with what YAML says.

Pure, but for YAML's own reading of the one entry.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.representer import RoundTripRepresenter

from .comments import give_comments_to_keys

MARK = "# Set in the room; forgotten when I leave it."
"""The comment above an entry that was made by `!llm set`."""

_SECTION = re.compile(r"rooms:[ \t]*(?P<empty>\{[ \t]*\})?[ \t]*(?:#.*)?")
# A key in its line; or after a `?`, as YAML has those that are long, or hold what ends a line.
_KEY = re.compile(
    r"""\n(?P<indent>\ +)(?:(?P<asked>\?\ +)?)(?P<key>"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*')\ *"""
    r"""(?(asked)(?=\n\ +:[ \n])|:(?=[ \n]))""",
    re.VERBOSE,
)
_OF_NEXT = re.compile(r"\n(?=[^ #\n][^\n]*)(?=[^\n]*\S)")
"""Before the line of the next key of the whole document."""
_INDENT = 4
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class _Section:
    """Where `rooms:` stands and what it says; `keys` are where the rooms' lines begin, in order.

    All are places in the text. The entries end at `end` and begin `indent` spaces in.
    """

    line: int
    first: int
    end: int
    indent: int
    keys: Mapping[str, int]
    is_written_empty: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    """Places in the text: from `first` (its mark, if it has one) to `end`; `key` has the id."""

    first: int
    key: int
    end: int


class _Representer(RoundTripRepresenter):
    """ruamel.yaml takes these three for line breaks, and writes them so that they are lost."""

    _BREAKS = re.compile("[\x85\u2028\u2029]")

    def represent_str(self, text: str) -> Any:
        if self._BREAKS.search(text):
            return self.represent_scalar("tag:yaml.org,2002:str", text, style='"')
        return super().represent_str(text)


_Representer.add_representer(str, _Representer.represent_str)


def yaml() -> YAML:
    """As maubot has it (maubot/instance.py), for texts that it reads and writes."""
    made = YAML()
    made.Representer = _Representer
    made.indent(_INDENT)
    made.width = 200
    return made


def lines_of_rooms(text: str) -> Mapping[str, int]:
    """The line, from 0, in which each room's entry begins, as the indentation tells."""
    lines, line, at = {}, 0, 0
    section = _section(text + "\n")
    for room_id, key in section.keys.items() if section else ():
        line, at = line + text.count("\n", at, key), key
        lines[room_id] = line
    return lines


def is_set_in_room(text: str, room_id: str) -> bool:
    """Whether this entry was made by `!llm set`."""
    text += "\n"
    section = _section(text)
    entry = _entry_of(text, section, room_id) if section else None
    return entry is not None and entry.first < entry.key


def changed(text: str, room_id: str, change: Callable[[CommentedMap], None]) -> str | None:
    """The text after `change` was done to a room's entry, which may become empty or be new.

    None where the text is not laid out so that it could be done here.
    """
    text += "\n"  # so that each line has its end
    section = _section(text)
    if section is None:
        return None
    entry = _entry_of(text, section, room_id)
    indent = " " * section.indent
    own = _read(text[entry.key : entry.end], section.indent) if entry else CommentedMap()
    if own is None:
        return None
    change(own)
    if entry:
        first, end = entry.first, entry.end
        written = _written(room_id, own, indent, text[first : entry.key])
        is_empty = not own and len(section.keys) == 1
    else:
        first = end = _end_of_last(text, section)
        written = _written(room_id, own, indent, f"{indent}{MARK}\n")
        is_empty = not own and not section.keys
    before, after = text[section.first : first], text[end:-1]
    line = text[section.line : section.first]
    if is_empty != section.is_written_empty:
        line = "rooms: {}\n" if is_empty else "rooms:\n"
    return text[: section.line] + line + before + written + after


def moved(text: str, room_id: str, to: str) -> str | None:
    """The text with a room's entry under another id, as it is written there.

    None where there is none, the other room has one, or the text is not laid out so that it could
    be done here.
    """
    text += "\n"
    section = _section(text)
    if section is None or room_id not in section.keys or to in section.keys:
        return None
    key = _KEY.match(text, section.keys[room_id] - 1)
    if key is None or key["asked"]:
        return None
    return text[: key.start("key")] + _quoted(to) + text[key.end("key") : -1]


def _section(text: str) -> _Section | None:
    """In a text whose last line has its end."""
    line = 0 if text.startswith("rooms:") else text.find("\nrooms:") + 1
    if not text.startswith("rooms:", line) or "\nrooms:" in text[line:]:
        return None
    first = text.index("\n", line) + 1
    match = _SECTION.fullmatch(text, line, first - 1)
    if match is None:
        return None
    following = _OF_NEXT.search(text, first - 1)
    end = following.end() if following else len(text)
    one = _KEY.search(text, first - 1, end)
    indent = len(one["indent"]) if one else _INDENT
    found = _KEY.finditer(text, first - 1, end)
    keys = {
        _unquoted(key["key"]): key.start() + 1 for key in found if len(key["indent"]) == indent
    }
    return _Section(line, first, end, indent, keys, match["empty"] is not None)


def _entry_of(text: str, section: _Section, room_id: str) -> _Entry | None:
    key = section.keys.get(room_id)
    if key is None:
        return None
    above = text.rfind("\n", 0, key - 1) + 1
    first = above if text[above:key].strip() == MARK else key
    until = min((at for at in section.keys.values() if at > key), default=section.end)
    return _Entry(first, key, _end(text, key, until, section.indent))


def _end_of_last(text: str, section: _Section) -> int:
    if not section.keys:
        return section.first
    return _end(text, max(section.keys.values()), section.end, section.indent)


def _end(text: str, key: int, until: int, indent: int) -> int:
    """Where an entry ends: before blank lines and comments that belong to what follows."""
    while True:
        last = text.rfind("\n", 0, until - 1) + 1
        line = text[last:until].strip("\n").lstrip(" ")
        is_aside = not line or (line.startswith("#") and until - 1 - last - len(line) <= indent)
        if last <= key or not is_aside:
            return until
        until = last


@lru_cache(_REMEMBERED)
def _unquoted(key: str) -> str:
    if key.startswith("'"):
        return key[1:-1].replace("''", "'")
    return str(yaml().load(key)) if "\\" in key else key[1:-1]


def _read(written: str, indent: int) -> CommentedMap | None:
    text = "\n".join(line[indent:] for line in written.split("\n"))
    try:
        document = yaml().load(text)
    except YAMLError:
        return None
    if not isinstance(document, CommentedMap) or len(document) != 1:
        return None
    give_comments_to_keys(document)
    own = document[next(iter(document))]
    if own is None:
        return CommentedMap()
    return own if isinstance(own, CommentedMap) else None


def _written(room_id: str, own: CommentedMap, indent: str, above: str) -> str:
    if not own:
        return ""
    own.fa.set_block_style()
    stream = io.StringIO()
    yaml().dump(own, stream)
    inner = indent + " " * _INDENT
    lines = stream.getvalue().rstrip("\n").split("\n")
    written = "\n".join(inner + line if line else line for line in lines)
    return f"{above}{indent}{_quoted(room_id)}:\n{written}\n"


def _quoted(text: str) -> str:
    """A text as a YAML key, with all that is not printable escaped."""
    escaped = (
        f"\\U{ord(letter):08x}" if not letter.isprintable() else letter
        for letter in json.dumps(text, ensure_ascii=False)
    )
    return "".join(escaped)
