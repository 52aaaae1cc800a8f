"""From what YAML has to a `Configuration`, and a sentence for each key that is wrong.

Pure: no file, no text. An absent key and a null are the key's default.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from ...providers import TYPES
from ...providers import Settings as ProviderSettings
from .errors import ConfigError
from .kinds import (
    Kind,
    address,
    anything_by_name,
    arguments,
    either,
    flag,
    hidden,
    list_of,
    name,
    price,
    text,
    texts_by_name,
    whole,
    word,
)
from .mistakes import nearest, unknown, wrong
from .room_keys import BUILT_IN_TOOLS, SETTABLE, names_unknown
from .values import Access, Configuration, Limits, RoomSettings, ToolServer

_NOBODY = 2**60
"""A power level that no one has."""

_SECTION = Kind("a map of keys and values", str)
_ROOM_ID = Kind("a room id, which begins with `!` (an alias, with `#`, is none)", str)
_IDS = list_of(name(), "ids, with `*` for any part")

_TOP = {
    "command": word(),
    "aliases": list_of(word(), "words"),
    "settings_command": word(),
    "install_missing_packages": flag(),
    "retention_days": whole(0, 36_500, "days"),
}
_SECTIONS = ("providers", "defaults", "rooms", "access", "limits", "tools", "dashboard")
_ACCESS = {
    "users": _IDS,
    "rooms": _IDS,
    "admins": _IDS,
    "settings_power_level": whole(-_NOBODY, _NOBODY),
}
_LIMITS = {limit.name: whole() for limit in fields(Limits)}
_DASHBOARD = {"token": hidden(text())}
_ROOM = {key: setting.kind for key, setting in SETTABLE.items()}
_PROVIDER = {
    "type": either(*TYPES),
    "model": text(),
    "base_url": address(),
    "api_key": hidden(text()),
    "headers": texts_by_name(),
    "options": anything_by_name(),
    "price_in": price(),
    "price_out": price(),
}
_WHEN = either("always", "never")
_APPROVE = Kind(
    "always, never or a list of the tools that need it",
    lambda value: (_WHEN if isinstance(value, str) else list_of(name(), "tools")).read(value),
)
_TOOL = {
    "command": text(),
    "args": arguments(),
    "env": texts_by_name(),
    "url": address(),
    "headers": texts_by_name(),
    "approve": _APPROVE,
}


def read(mapping: Mapping[Any, Any]) -> Configuration:
    """The configuration in `mapping`. Raises `ConfigError` with all that is wrong."""
    configuration, problems = salvage(mapping)
    if problems:
        raise ConfigError(problems)
    return configuration


def salvage(mapping: Mapping[Any, Any]) -> tuple[Configuration, tuple[str, ...]]:
    """What is good in `mapping`, defaults where it is not, and a sentence for all that is wrong.

    A mistake must not open a door: where one was made in `access` or `limits`, only admins may ask
    and change settings; where one was made in a tool server, it is left out.
    """
    reading = _Reading()
    access = Access(**reading.section(mapping, "access", _ACCESS))
    limits = Limits(**reading.section(mapping, "limits", _LIMITS))
    if reading.problems or any(_is_nearly_a_guard(str(key)) for key in mapping):
        access = closed(access)
    reading.unknown_keys(mapping, (*_TOP, *_SECTIONS), "")
    providers = reading.providers(mapping)
    tools = reading.tools(mapping)
    configuration = Configuration(
        **reading.values(mapping, _TOP, ""),
        providers=providers,
        defaults=RoomSettings(**reading.section(mapping, "defaults", _ROOM)),
        rooms=reading.rooms(mapping),
        access=access,
        limits=limits,
        tools=tools,
        dashboard_token=reading.section(mapping, "dashboard", _DASHBOARD).get("token", ""),
    )
    reading.names(configuration)
    return configuration, tuple(" ".join(problem.split()) for problem in reading.problems)


def closed(access: Access) -> Access:
    """The same for admins, and nothing for others."""
    return replace(access, users=(), settings_power_level=_NOBODY)


def _is_nearly_a_guard(key: str) -> bool:
    return key not in _SECTIONS and nearest(key, _SECTIONS) in ("access", "limits")


class _Reading:
    """One pass over a configuration. Each method returns what is good and notes what is not."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def map_of(self, mapping: Mapping[Any, Any], key: Any, path: str) -> Mapping[Any, Any]:
        value = mapping.get(key)
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return value
        self.problems.append(wrong(path, value, _SECTION))
        return {}

    def unknown_keys(self, mapping: Mapping[Any, Any], known: Collection[str], path: str) -> None:
        self.problems += [unknown(str(key), known, path) for key in mapping if key not in known]

    def values(
        self, mapping: Mapping[Any, Any], kinds: Mapping[str, Kind], path: str
    ) -> dict[str, Any]:
        good = {}
        for key, kind in kinds.items():
            value = mapping.get(key)
            if value is None:
                continue
            try:
                good[key] = kind.read(value)
            except ValueError:
                self.problems.append(wrong(path + key, value, kind))
        return good

    def section(
        self, mapping: Mapping[Any, Any], key: Any, kinds: Mapping[str, Kind], path: str = ""
    ) -> dict[str, Any]:
        path = path or key
        section = self.map_of(mapping, key, path)
        self.unknown_keys(section, kinds, f"{path}.")
        return self.values(section, kinds, f"{path}.")

    def providers(self, mapping: Mapping[Any, Any]) -> dict[str, ProviderSettings]:
        if mapping.get("providers") is None:
            return dict(Configuration().providers)
        good = {}
        for key, written in self.map_of(mapping, "providers", "providers").items():
            path = f"providers.{key}"
            entry = self.section(mapping["providers"], key, _PROVIDER, path)
            if "type" in entry:
                good[str(key)] = ProviderSettings(name=str(key), **entry)
            elif not isinstance(written, Mapping) or written.get("type") is None:
                self.problems.append(wrong(f"{path}.type", None, _PROVIDER["type"]))
        return good

    def rooms(self, mapping: Mapping[Any, Any]) -> dict[str, dict[str, Any]]:
        good = {}
        rooms = self.map_of(mapping, "rooms", "rooms")
        for key in rooms:
            if not str(key).startswith("!"):
                self.problems.append(wrong("a key under rooms:", key, _ROOM_ID))
                continue
            good[str(key)] = self.section(rooms, key, _ROOM, room_path(str(key)))
        return good

    def tools(self, mapping: Mapping[Any, Any]) -> dict[str, ToolServer]:
        good = {}
        servers = self.map_of(mapping, "tools", "tools")
        for key in servers:
            before = len(self.problems)
            entry = self.section(servers, key, _TOOL, f"tools.{key}")
            if str(key) in BUILT_IN_TOOLS:
                self.problems.append(f"tools.{key} is built in; give your server another name.")
            elif bool(entry.get("command")) == bool(entry.get("url")):
                self.problems.append(f"tools.{key} needs either a command or a url.")
            elif len(self.problems) == before:
                good[str(key)] = ToolServer(name=str(key), **entry)
        return good

    def names(self, configuration: Configuration) -> None:
        """Whether all that is named is there, and no name is given twice."""
        defaults = configuration.defaults
        said: dict[str, Mapping[str, Any]] = {
            "defaults": {"provider": defaults.provider, "tools": defaults.tools},
            **{room_path(room_id): own for room_id, own in configuration.rooms.items()},
        }
        for where, settings in said.items():
            for key, value in settings.items():
                self.problems += names_unknown(f"{where}.{key}", key, value, configuration)
        if configuration.settings_command in (configuration.command, *configuration.aliases):
            self.problems.append("settings_command is also the command that asks; choose another.")


def room_path(room_id: str) -> str:
    """How sentences name a room's entry."""
    return f'rooms."{room_id}"'
