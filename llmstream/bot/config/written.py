"""The configuration as it is written: the YAML that maubot keeps and its web UI shows.

Changes by `!llm set` are made here, in the text; what they mean is read by reading.py. A document
stays as its author wrote it, comments and order too; only keys it lacks are added from
base-config.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mautrix.util.config import BaseProxyConfig, ConfigUpdateHelper
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.parser import ParserError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
from ruamel.yaml.scanner import ScannerError

from .comments import complete, give_comments_to_keys, remove
from .mistakes import ConfigError


class Config(BaseProxyConfig):
    """What maubot calls the plugin's config class (`get_config_class`).

    Ask live.py for values: `config[key]` splits keys at dots, and room ids have dots.
    The methods that change something keep it too, so that the web UI shows it; they raise
    `ConfigError` while the text is not readable, because saving would overwrite what somebody is
    about to mend.
    """

    _readable = True

    @property
    def document(self) -> Mapping[str, Any]:
        """All of it, as YAML has it. Empty until a readable text has been loaded."""
        return self._data

    def load(self) -> None:
        """Read the text. Raises `ConfigError`, and changes nothing, if it is no YAML or no map."""
        self._readable = False
        try:
            document = self._load_proxy()
        except YAMLError as error:
            raise ConfigError([_sentence(error)]) from None
        if document is None:
            document = CommentedMap()
        if not isinstance(document, CommentedMap):
            raise ConfigError(["The configuration is not a map of keys and values."])
        give_comments_to_keys(document)
        self._data = document
        self._readable = True

    def do_update(self, helper: ConfigUpdateHelper) -> None:
        """Add what the text lacks."""
        manual = helper.base._data
        give_comments_to_keys(manual)
        if self._data:
            complete(self._data, manual)
            helper.base._data = self._data

    def set_room(self, room_id: str, key: str, value: Any) -> None:
        """Write a setting of one room, as `parse_setting` returned it."""
        self._map("rooms", room_id)[key] = _written(value)
        self.save()

    def unset_room(self, room_id: str, key: str) -> None:
        """Take away a setting of one room; nothing happens where there is none."""
        rooms = self._map("rooms")
        if room_id not in rooms:
            return
        remove(self._map("rooms", room_id), key)
        if not rooms[room_id]:
            remove(rooms, room_id)
        self.save()

    def set_default(self, key: str, value: Any) -> None:
        """Write a setting for all rooms that have none of their own."""
        self._map("defaults")[key] = _written(value)
        self.save()

    def _map(self, *path: str) -> CommentedMap:
        """The map at `path`, made where there is none, in a form that comments can stand in."""
        if not self._readable:
            raise ConfigError(
                ["The configuration is not readable; mend it in maubot's web UI first."]
            )
        node = self._data
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
        return _lines(value)
    return value


def _lines(text: str) -> Any:
    """A text as a block of lines where a block keeps it as it is; else quoted, with escapes."""
    if text == text.strip() and all(line.isprintable() for line in text.split("\n")):
        return LiteralScalarString(text)
    return DoubleQuotedScalarString(text)


def _sentence(error: YAMLError) -> str:
    """Where the text stops being YAML, without any of it: there may be a key in that line."""
    mark = getattr(error, "problem_mark", None)
    where = f" at line {mark.line + 1}" if mark else ""
    why = ""
    if isinstance(error, ScannerError | ParserError) and isinstance(error, MarkedYAMLError):
        why = f": {error.problem}"
    return f"The configuration is not readable as YAML{where}{why}."
