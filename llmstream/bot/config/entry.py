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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from .comments import give_comments_to_keys

MARK = "# Set in the room; forgotten when I leave it."
"""The comment above an entry that was made by `!llm set`."""

_SECTION = re.compile(r"rooms:[ \t]*(?P<empty>\{[ \t]*\})?[ \t]*(?:#.*)?")
_KEY = re.compile(r"""(?P<indent> +)(?P<key>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*') *:(?= |$)""")
_INDENT = 4


@dataclass(frozen=True, slots=True)
class _Entry:
    """Lines from `first` (its mark, if it has one) to before `end`; `key` has the room's id."""

    room_id: str
    first: int
    key: int
    end: int


@dataclass(frozen=True, slots=True)
class _Section:
    """The line of `rooms:`, and the entries below it, which begin `indent` spaces in."""

    line: int
    indent: int
    entries: tuple[_Entry, ...]
    is_written_empty: bool


def yaml() -> YAML:
    """As maubot has it (maubot/instance.py), for texts that it reads and writes."""
    made = YAML()
    made.indent(_INDENT)
    made.width = 200
    return made


def lines_of_rooms(text: str) -> Mapping[str, int]:
    """The line, from 0, in which each room's entry begins, as the indentation tells."""
    section = _section(text.split("\n"))
    return {entry.room_id: entry.key for entry in section.entries} if section else {}


def is_set_in_room(text: str, room_id: str) -> bool:
    """Whether this entry was made by `!llm set`."""
    lines = text.split("\n")
    section = _section(lines)
    entry = _entry_of(section, room_id) if section else None
    return entry is not None and lines[entry.first].strip() == MARK


def changed(text: str, room_id: str, change: Callable[[CommentedMap], None]) -> str | None:
    """The text after `change` was done to a room's entry, which may become empty or be new.

    None where the text is not laid out so that it could be done here.
    """
    lines = text.split("\n")
    section = _section(lines)
    if section is None:
        return None
    entry = _entry_of(section, room_id)
    own = _read(lines, entry, section.indent) if entry else CommentedMap()
    if own is None:
        return None
    change(own)
    if entry:
        written = _written(room_id, own, section.indent, lines[entry.first : entry.key])
        lines[entry.first : entry.end] = written
        is_empty = not own and len(section.entries) == 1
    else:
        at = section.entries[-1].end if section.entries else section.line + 1
        lines[at:at] = _written(room_id, own, section.indent, [" " * section.indent + MARK])
        is_empty = not own and not section.entries
    if is_empty != section.is_written_empty:
        lines[section.line] = "rooms: {}" if is_empty else "rooms:"
    return "\n".join(lines)


def _section(lines: Sequence[str]) -> _Section | None:
    found = [number for number, line in enumerate(lines) if line.startswith("rooms:")]
    match = _SECTION.fullmatch(lines[found[0]]) if len(found) == 1 else None
    if match is None:
        return None
    first = found[0] + 1
    end = next(
        (number for number in range(first, len(lines)) if _is_of_next(lines[number])), len(lines)
    )
    keys = [(number, key) for number in range(first, end) if (key := _KEY.match(lines[number]))]
    indent = len(keys[0][1]["indent"]) if keys else _INDENT
    keys = [(number, key) for number, key in keys if len(key["indent"]) == indent]
    entries = tuple(_entries(lines, keys, indent, end))
    return _Section(found[0], indent, entries, match["empty"] is not None)


def _is_of_next(line: str) -> bool:
    """Whether this line is of the next key of the whole document."""
    return bool(line.strip()) and not line.startswith((" ", "#"))


def _entries(
    lines: Sequence[str], keys: Sequence[tuple[int, re.Match[str]]], indent: int, end: int
) -> Iterator[_Entry]:
    below = [number for number, _ in keys[1:]] + [end]
    for (number, key), until in zip(keys, below, strict=False):
        last = until
        while last > number + 1 and _is_aside(lines[last - 1], indent):
            last -= 1
        first = number - 1 if lines[number - 1].strip() == MARK else number
        yield _Entry(_unquoted(key["key"]), first, number, last)


def _unquoted(key: str) -> str:
    if key.startswith("'"):
        return key[1:-1].replace("''", "'")
    return str(yaml().load(key)) if "\\" in key else key[1:-1]


def _is_aside(line: str, indent: int) -> bool:
    """A blank line, or a comment that belongs to what follows."""
    text = line.lstrip(" ")
    return not text or (text.startswith("#") and len(line) - len(text) <= indent)


def _entry_of(section: _Section, room_id: str) -> _Entry | None:
    return next((entry for entry in section.entries if entry.room_id == room_id), None)


def _read(lines: Sequence[str], entry: _Entry, indent: int) -> CommentedMap | None:
    text = "\n".join(line[indent:] for line in lines[entry.key : entry.end])
    try:
        document = yaml().load(text + "\n")
    except YAMLError:
        return None
    if not isinstance(document, CommentedMap) or len(document) != 1:
        return None
    give_comments_to_keys(document)
    own = document[next(iter(document))]
    if own is None:
        return CommentedMap()
    return own if isinstance(own, CommentedMap) else None


def _written(room_id: str, own: CommentedMap, indent: int, above: Sequence[str]) -> list[str]:
    if not own:
        return []
    own.fa.set_block_style()
    stream = io.StringIO()
    yaml().dump(own, stream)
    lines = stream.getvalue().rstrip("\n").split("\n")
    inner = " " * (indent + _INDENT)
    key = " " * indent + _quoted(room_id) + ":"
    return [*above, key, *(inner + line if line else line for line in lines)]


def _quoted(text: str) -> str:
    """A text as a YAML key, with all that is not printable escaped."""
    escaped = (
        f"\\U{ord(letter):08x}" if not letter.isprintable() else letter
        for letter in json.dumps(text, ensure_ascii=False)
    )
    return "".join(escaped)
