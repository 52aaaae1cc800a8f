"""What is typed at `!llm set`, read for a room and for who typed it. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .keys import keys_of
from .mistakes import ConfigError, no_such_name, unknown, wrong
from .values import Chooser, Configuration, RoomSettings

SETTABLE = keys_of(RoomSettings)
"""The keys a room can have of its own: all that can stand under `defaults:`."""


def parse_setting(key: str, typed: str, configuration: Configuration, chooser: Chooser) -> Any:
    """The value of what somebody typed, as a `RoomSettings` has it.

    `''` and `""` are the empty text, `[]` is the empty list. Raises `ConfigError` that says what
    is allowed, also where that is less for them than for admins, or a provider or tool is none
    that they may choose.
    """
    if key not in SETTABLE:
        raise ConfigError([unknown(key, SETTABLE)])
    row = SETTABLE[key]
    typed = "" if typed.strip() in ("''", '""', "[]") else typed.strip()
    try:
        value = row.kind.read(typed)
    except ValueError:
        raise ConfigError([wrong(key, typed, row.kind)]) from None
    names = configuration.providers_for(chooser), configuration.tools_for(chooser)
    if problems := names_unknown(key, key, value, *names):
        raise ConfigError(problems)
    elsewhere = getattr(configuration.defaults, key)
    if not chooser.is_admin and not row.rule.admits(value, elsewhere):
        raise ConfigError([f"Only my admins can do that: for others {key} is {row.rule.bound}."])
    return value


def names_unknown(
    path: str, key: str, value: Any, providers: Collection[str], tools: Collection[str]
) -> list[str]:
    """A sentence for each provider or tool that the value of `key` names and that is not there.

    `path` is how the sentences name the key.
    """
    if key == "provider" and value not in providers:
        return [no_such_name(path, value, providers, "providers")]
    if key == "tools":
        return [no_such_name(path, tool, tools, "tools") for tool in value if tool not in tools]
    return []
