"""What is set, and what each key means. Changing it is changing.py's."""

from __future__ import annotations

from dataclasses import fields

from ..config import SETTABLE, ConfigError, RoomSettings
from ..config.mistakes import unknown
from .call import Call
from .phrases import code, listed

_LONG = 2000
_KEYS = [one.name for one in fields(RoomSettings)]


async def settings(call: Call) -> str:
    """The room's own values, then what holds as everywhere; or all about one key."""
    if call.arguments:
        return about(call, call.arguments.lower())
    own, here = call.configuration.rooms.get(call.room_id, {}), call.settings
    defaults = call.configuration.defaults
    ours = [
        f"{code(key)}: {code(getattr(here, key))} (elsewhere {code(getattr(defaults, key))})"
        for key in _KEYS
        if key in own
    ]
    others = [f"{code(key)}: {code(getattr(here, key))}" for key in _KEYS if key not in own]
    return "\n\n".join(
        [
            f"**Set in this room**\n\n{listed(ours)}" if ours else "Nothing is set in this room.",
            f"**As everywhere**\n\n{listed(others)}",
            f"{call.form('settings KEY')} says what a key means.",
        ]
    )


def about(call: Call, key: str) -> str:
    """What a key does, what it can be, and what it is. Raises `ConfigError` for no key of ours."""
    if key not in SETTABLE:
        raise ConfigError([unknown(key, SETTABLE)])
    here, defaults = getattr(call.settings, key), getattr(call.configuration.defaults, key)
    values = f"It is {code(here, _LONG)} here"
    values += "." if here == defaults else f", and {code(defaults, _LONG)} elsewhere."
    setting = SETTABLE[key]
    return f"{code(key)}: {setting.help} It can be {setting.kind.allowed}. {values}"
