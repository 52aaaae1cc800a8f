"""The configuration as it is written: the YAML that maubot keeps and its web UI shows.

Changes by `!llm set` are made here, in the text; what they mean is read by parsing.py. A document
stays as its author wrote it, comments and order too; only keys it lacks are added from
base-config.yaml.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mautrix.util import background_task
from mautrix.util.config import BaseProxyConfig, ConfigUpdateHelper
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.parser import ParserError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
from ruamel.yaml.scanner import ScannerError

from .comments import complete, give_comments_to_keys, remove, rename
from .entry import changed, is_set_in_room, lines_of_rooms, moved, yaml
from .mistakes import ConfigError

_UNQUOTED = re.compile(r"(?:^|[\s,\[{])[@!]\S")
_UNREADABLE = "The configuration is not readable; mend it in maubot's web UI first."
_NO_YAML = (
    "The configuration is not readable as YAML. Ids begin with @ or ! and therefore stand in "
    "quotes, and nothing is nested deeper than in base-config.yaml."
)


class Config(BaseProxyConfig):
    """What maubot calls the plugin's config class (`get_config_class`).

    Ask current.py for values: `config[key]` splits keys at dots, and room ids have dots.
    The methods that change something keep it too, so that the web UI shows it; they raise
    `ConfigError` while the text is not readable, because saving would overwrite what somebody is
    about to mend.
    """

    added: tuple[str, ...] = ()
    """The keys that the text lacked, as a newer version has more of them."""
    _readable = True
    _laid_out = ""
    """The text as we know it, where its rooms stand where the indentation says so (entry.py)."""

    @property
    def text(self) -> str:
        """The YAML as it is kept now."""
        return str(self._kept.config_str)

    @property
    def document(self) -> Mapping[str, Any]:
        """All of it as YAML had it when it was loaded. Empty until a text could be read."""
        return self._data

    @property
    def _kept(self) -> Any:
        # The maubot instance whose method we were given to save with. That method writes the whole
        # document anew, which takes a second for thousands of rooms (maubot/instance.py, 0.6.0).
        return getattr(self._save_proxy, "__self__")  # noqa: B009

    def load(self) -> None:
        """Read the text. Raises `ConfigError`, and changes nothing, if it is no YAML or no map."""
        text = self.text
        try:
            document = document_of(text)
        except ConfigError:
            self._readable = False
            raise
        self._laid_out = text if _lines(document.get("rooms")) == lines_of_rooms(text) else ""
        give_comments_to_keys(document)
        self._data = document
        self._readable = True

    def save(self) -> None:
        """Keep the document as it is now."""
        super().save()
        self._laid_out = self._text_if_laid_out()

    async def load_in_thread(self) -> None:
        """`load_and_update`, which takes as long as it takes, while others go on."""

        def completed() -> str:
            self.load()
            self.update(save=False)
            return _dumped(self._data)

        self._keep(await asyncio.to_thread(completed))
        self._laid_out = self._text_if_laid_out()

    def do_update(self, helper: ConfigUpdateHelper) -> None:
        """Add what the text lacks."""
        manual = helper.base._data
        give_comments_to_keys(manual)
        if self._data:
            self.added = tuple(complete(self._data, manual)) or self.added
            helper.base._data = self._data

    async def set_room(self, room_id: str, key: str, value: Any) -> Mapping[str, Any]:
        """Write a setting of one room, as `parse_setting` returned it. Returns its whole entry."""

        def set_(own: CommentedMap) -> None:
            own[key] = _written(value)

        return await self._change_room(room_id, set_)

    async def unset_room(self, room_id: str, key: str) -> Mapping[str, Any]:
        """Take away a setting of one room, where there is one. Returns what is left of it."""
        return await self._change_room(room_id, lambda own: remove(own, key))

    async def forget_room(self, room_id: str) -> bool:
        """Take away what was set in a room that we are no longer in. False if nothing was."""
        if not (self._readable and is_set_in_room(self.text, room_id)):
            return False
        await self._change_room(room_id, CommentedMap.clear)
        return True

    async def move_room(self, room_id: str, to: str) -> Mapping[str, Any]:
        """Put a room's entry under another id. Returns it; {} where none was moved.

        Where the other room has an entry of its own, both stay as they are.
        """
        if not self._readable:
            raise ConfigError([_UNREADABLE])
        if room_id not in self.text:
            return {}
        rooms = (await asyncio.to_thread(document_of, self.text)).get("rooms")
        if not isinstance(rooms, CommentedMap) or room_id not in rooms or to in rooms:
            return {}
        text = moved(self.text, room_id, to) if self._laid_out == self.text else None
        if text is None:
            await self._rewrite(lambda document: rename(document["rooms"], room_id, to))
        else:
            self._keep(text)
            self._laid_out = text
        return rooms[room_id] or {}

    async def set_default(self, key: str, value: Any) -> None:
        """Write a setting for all rooms that have none of their own."""

        def set_(document: CommentedMap) -> None:
            _map(document, "defaults")[key] = _written(value)

        await self._rewrite(set_)

    async def _change_room(
        self, room_id: str, change: Callable[[CommentedMap], None]
    ) -> Mapping[str, Any]:
        """Change one room's entry: in its own lines, or else with all of the document."""
        left: dict[str, Any] = {}

        def noted(own: CommentedMap) -> None:
            change(own)
            left.clear()
            left.update(own)

        def in_document(document: CommentedMap) -> None:
            own = _map(document, "rooms", room_id)
            for node in (document["rooms"], own):
                node.fa.set_block_style()  # in {}, ruamel.yaml takes some texts for keys
            noted(own)
            if not own:
                remove(_map(document, "rooms"), room_id)

        if not self._readable:
            raise ConfigError([_UNREADABLE])
        text = changed(self.text, room_id, noted) if self._laid_out == self.text else None
        if text is None:
            await self._rewrite(in_document)
        else:
            self._keep(text)
            self._laid_out = text
        return left

    async def _rewrite(self, change: Callable[[CommentedMap], None]) -> None:
        """Change the document and write it anew: in a thread, as long as it takes."""
        if not self._readable:
            raise ConfigError([_UNREADABLE])
        before = None
        while before != self.text:  # the web UI may save another text meanwhile
            before = self.text
            text = await asyncio.to_thread(_rewritten, before, change)
        self._keep(text)

    def _text_if_laid_out(self) -> str:
        """The text, which was made of the document just now, or ''."""
        rooms = {str(room_id) for room_id in self._data.get("rooms") or ()}
        return self.text if rooms == set(lines_of_rooms(self.text)) else ""

    def _keep(self, text: str) -> None:
        if text != self.text:
            self._kept.config_str = text
            background_task.create(self._kept.update())


def document_of(text: str) -> CommentedMap:
    """A text as YAML has it. Raises `ConfigError` where it is no YAML or no map."""
    try:
        document = yaml().load(text)
    except YAMLError as error:
        raise ConfigError([_sentence(error, text)]) from None
    # ruamel.yaml's own, for maps as keys (a room id without quotes is read as one) and for depth.
    except (TypeError, ValueError, AttributeError, LookupError, RecursionError):
        raise ConfigError([_NO_YAML]) from None
    if document is None:
        return CommentedMap()
    if not isinstance(document, CommentedMap):
        raise ConfigError(["The configuration is not a map of keys and values."])
    return document


def _lines(rooms: Any) -> dict[str, int]:
    """In which line each room's entry begins, as YAML says."""
    if not isinstance(rooms, CommentedMap) or not rooms.lc.data:
        return {}
    return {str(room_id): rooms.lc.data[room_id][0] for room_id in rooms}


def _rewritten(text: str, change: Callable[[CommentedMap], None]) -> str:
    document = document_of(text)
    give_comments_to_keys(document)
    change(document)
    return _dumped(document)


def _dumped(document: CommentedMap) -> str:
    stream = io.StringIO()
    yaml().dump(document, stream)
    return stream.getvalue()


def _map(node: CommentedMap, *path: str) -> CommentedMap:
    """The map at `path`, made where there is none, in a form that comments can stand in."""
    for key in path:
        if node.get(key) is None:
            node[key] = CommentedMap()
        node = node[key]
        if not isinstance(node, CommentedMap):
            raise ConfigError([f"{key} is not a map; mend it in maubot's web UI first."])
        if not node:
            node.fa.set_block_style()
    return node


def _written(value: Any) -> Any:
    """A value as YAML has it: '' where it is not set, lists, and long texts over several lines."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, str) and not value.isprintable():
        return _block(value)
    return value


def _block(text: str) -> Any:
    """A text as a block of lines where a block keeps it as it is; else quoted, with escapes."""
    if text == text.strip() and all(line.isprintable() for line in text.split("\n")):
        return LiteralScalarString(text)
    return DoubleQuotedScalarString(text)


def _sentence(error: YAMLError, text: str) -> str:
    """Where the text stops being YAML, without any of it: there may be a key in that line."""
    mark = getattr(error, "problem_mark", None)
    where = f" at line {mark.line + 1}" if mark else ""
    why = hint = ""
    if isinstance(error, ScannerError | ParserError) and isinstance(error, MarkedYAMLError):
        why = f": {error.problem}"
        marks = [one.line for one in (mark, error.context_mark) if one]
        if any(_UNQUOTED.search(line) for line in _lines_at(text, marks)):
            hint = " Ids begin with @ or ! and therefore stand in quotes."
    return f"The configuration is not readable as YAML{where}{why}.{hint}"


def _lines_at(text: str, numbers: Iterable[int]) -> list[str]:
    lines = text.split("\n")
    return [lines[number] for number in numbers if number < len(lines)]
