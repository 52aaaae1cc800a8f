"""From what YAML has to a `Configuration`, and a sentence for each key that is wrong.

Pure: no file, no text. An absent key and a null are the key's default.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from ...matrix.reading.platforms import Platforms, changed, platforms
from ...providers import Settings as ProviderSettings
from .kinds import Kind
from .mistakes import ConfigError, nearest, unknown, wrong
from .sections import (
    ACCESS,
    BUILT_IN,
    DASHBOARD,
    INSIDE,
    LIMITS,
    PLATFORM,
    PROVIDER,
    ROOM,
    SECTIONS,
    TOOL,
    TOP,
)
from .settable import SETTABLE, names_unknown
from .values import (
    BUILT_IN_TOOLS,
    NOBODY,
    Access,
    Configuration,
    Limits,
    RoomSettings,
    ToolServer,
)

_SECTION = Kind("a map of keys and values", str)
_ROOM_ID = Kind("a room id in quotes, which begins with `!` (an alias, with `#`, is none)", str)
_SPACELESS = Kind("a room id in quotes, with no space at its ends", str)
_NAME = Kind("a name, in one line", str)

# What holds for a key that cannot be read: the least.
_CAUTIOUS = {
    "provider": "",
    "trigger": "command",
    "direct_chats": "never",
    "history_messages": 0,
    "context_messages": 0,
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
    and change settings; where one was made in a tool server, it is left out; a room with one in
    its entry gets no tools, and where it can't be said which room is meant, none has.
    """
    reading = _Reading()
    access = Access(**reading.section(mapping, "access", ACCESS))
    limits = Limits(**reading.section(mapping, "limits", LIMITS))
    if reading.problems or _is_nearly(mapping, "access", "limits"):
        access = closed(access)
    reading.unknown_keys(mapping, (*TOP, *SECTIONS), "")
    providers = reading.providers(mapping)
    tools = reading.tools(mapping)
    defaults = RoomSettings(**reading.defaults(mapping))
    rooms, whole = reading.rooms(mapping)
    if not whole or _is_nearly(mapping, "rooms"):
        defaults = replace(defaults, tools=())
    configuration = Configuration(
        **reading.values(mapping, TOP, ""),
        providers=providers,
        provider_for=reading.provider_for,
        defaults=defaults,
        rooms=rooms,
        access=access,
        limits=limits,
        tools=tools,
        built_in_for=reading.built_in_for,
        platforms=reading.platforms(mapping),
        dashboard_token=reading.section(mapping, "dashboard", DASHBOARD).get("token", ""),
    )
    configuration = reading.named(configuration)
    return configuration, tuple(" ".join(problem.split()) for problem in reading.problems)


def with_room(
    configuration: Configuration, room_id: str, written: Mapping[Any, Any]
) -> tuple[Configuration, tuple[str, ...]]:
    """The same with another entry of one room, and a sentence for all that is wrong with that."""
    reading = _Reading()
    own = reading.room({room_id: written}, room_id) if written else {}
    rooms = {key: value for key, value in configuration.rooms.items() if key != room_id}
    one = reading.named(replace(configuration, rooms={room_id: own} if own else {}))
    return replace(configuration, rooms={**rooms, **one.rooms}), tuple(reading.problems)


def closed(access: Access) -> Access:
    """The same for admins, and nothing for others."""
    return replace(access, users=(), settings_power_level=NOBODY)


def _is_nearly(mapping: Mapping[Any, Any], *sections: str) -> bool:
    """Whether a key is unknown and may have been meant for one of these sections."""
    inside = {key for section in sections for key in INSIDE[section]}
    return any(
        nearest(str(key), SECTIONS) in sections
        or (isinstance(value, Mapping) and any(str(one) in inside for one in value))
        for key, value in mapping.items()
        if key not in SECTIONS
    )


class _Reading:
    """One pass over a configuration. Each method returns what is good and notes what is not."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.provider_for: dict[str, tuple[str, ...]] = {}
        self.built_in_for: dict[str, tuple[str, ...]] = dict(BUILT_IN_TOOLS)

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
            if not self.is_name(key, "providers"):
                continue
            path, before = f"providers.{key}", len(self.problems)
            entry = self.section(mapping["providers"], key, PROVIDER, path)
            allowed = entry.pop("for", ("*",))
            if len(self.problems) > before:
                allowed = ()
            if allowed != ("*",):
                self.provider_for[str(key)] = allowed
            if "type" in entry:
                good[str(key)] = ProviderSettings(name=str(key), **entry)
            elif not isinstance(written, Mapping) or written.get("type") is None:
                self.problems.append(wrong(f"{path}.type", None, PROVIDER["type"]))
        return good

    def defaults(self, mapping: Mapping[Any, Any]) -> dict[str, Any]:
        before = len(self.problems)
        good = self.section(mapping, "defaults", ROOM)
        if len(self.problems) == before:
            return good
        cautious = self.cautious(self.map_of(mapping, "defaults", "defaults"), good)
        return {**good, **{key: cautious[key] for key in cautious if key != "provider"}}

    def cautious(self, written: Mapping[Any, Any], good: Mapping[str, Any]) -> dict[str, Any]:
        """What holds for those keys that were meant, as it seems, and could not be read."""
        meant = {nearest(str(name), SETTABLE) for name in written if str(name) not in good}
        return {key: value for key, value in _CAUTIOUS.items() if key in meant}

    def rooms(self, mapping: Mapping[Any, Any]) -> tuple[dict[str, dict[str, Any]], bool]:
        """The rooms' own settings, and whether it is clear for each entry which room is meant."""
        before = len(self.problems)
        rooms = self.map_of(mapping, "rooms", "rooms")
        clear, good = len(self.problems) == before, {}
        for key in rooms:
            if str(key).startswith("!") and str(key) == str(key).strip():
                good[str(key)] = self.room(rooms, key)
            else:
                clear = False
                kind = _SPACELESS if str(key).strip().startswith("!") else _ROOM_ID
                self.problems.append(wrong("a key under rooms:", key, kind))
        return good, clear

    def room(self, rooms: Mapping[Any, Any], key: Any) -> dict[str, Any]:
        """A room's own settings; where there is a mistake, never more than is certain."""
        before = len(self.problems)
        own = self.section(rooms, key, ROOM, room_path(str(key)))
        if len(self.problems) == before:
            return own
        written = rooms[key] if isinstance(rooms[key], Mapping) else {}
        return {**own, **self.cautious(written, own), "tools": ()}

    def tools(self, mapping: Mapping[Any, Any]) -> dict[str, ToolServer]:
        good = {}
        servers = self.map_of(mapping, "tools", "tools")
        for key in servers:
            if not self.is_name(key, "tools"):
                continue
            path, before = f"tools.{key}", len(self.problems)
            if str(key) in BUILT_IN_TOOLS:
                entry = self.section(servers, key, BUILT_IN, path)
                if mistaken := len(self.problems) > before:
                    self.problems[before:] = [
                        f"{path} is built in and takes only `for`; give a server another name."
                    ]
                self.built_in_for[str(key)] = () if mistaken else entry.get("for", ())
                continue
            entry = self.section(servers, key, TOOL, path)
            if bool(entry.get("command")) == bool(entry.get("url")):
                self.problems.append(f"{path} needs either a command or a url.")
            elif len(self.problems) == before:
                allowed = entry.pop("for", ())
                good[str(key)] = ToolServer(name=str(key), for_=allowed, **entry)
        return good

    def platforms(self, mapping: Mapping[Any, Any]) -> Platforms:
        """Ours, with what is changed; an entry with a mistake changes nothing."""
        rows, good = self.map_of(mapping, "platforms", "platforms"), {}
        for key in rows:
            if not self.is_name(key, "platforms"):
                continue
            path, before = f"platforms.{key}", len(self.problems)
            row = self.section(rows, key, PLATFORM, path)
            if str(key) not in platforms() and not row.get("protocols"):
                self.problems.append(unknown(str(key), platforms(), "platforms."))
                self.problems.append(f"If {path} is a new one, it needs `protocols`.")
            elif len(self.problems) == before:
                good[str(key)] = row
        return changed(good)

    def is_name(self, key: Any, section: str) -> bool:
        """Whether a key can be a name there: a room whose provider has a mistake has one of ''."""
        if good := bool(str(key).strip()) and str(key).isprintable():
            return good
        self.problems.append(wrong(f"a key under {section}:", key, _NAME))
        return False

    def named(self, configuration: Configuration) -> Configuration:
        """The same without the tools that are not there; nor may a name be given twice."""
        providers = configuration.providers
        tools = [*configuration.tools, *BUILT_IN_TOOLS]
        defaults = configuration.defaults
        for key in ("provider", "tools"):
            value = getattr(defaults, key)
            self.problems += names_unknown(f"defaults.{key}", key, value, providers, tools)
        rooms = {}
        for room_id, own in configuration.rooms.items():
            before = len(self.problems)
            for key, value in own.items():
                if key != "provider" or value:  # '' is what a mistake has left of it
                    path = f"{room_path(room_id)}.{key}"
                    self.problems += names_unknown(path, key, value, providers, tools)
            rooms[room_id] = {**own, "tools": ()} if len(self.problems) > before else own
        if configuration.settings_command in (configuration.command, *configuration.aliases):
            self.problems.append("settings_command is also the command that asks; choose another.")
        return replace(configuration, rooms=rooms)


def room_path(room_id: str) -> str:
    """How sentences name a room's entry."""
    return f'rooms."{room_id}"'
