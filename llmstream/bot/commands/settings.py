"""What is set, and what each key means. Changing it is changing.py's."""

from __future__ import annotations

from typing import Any

from ..config import SETTABLE, ConfigError
from ..config.mistakes import unknown
from ..phrases import LONG, code, listed
from .call import Call, Who

_LONG = 2000


async def settings(call: Call) -> str:
    """The room's own values, then what holds as everywhere; or all about one key."""
    if call.arguments:
        return await about(call, call.arguments.lower())
    own, show = call.configuration.rooms.get(call.room_id, {}), await shows(call)
    ours = [
        f"{code(key)}: {show.here(key)} (elsewhere {show.elsewhere(key)})"
        for key in SETTABLE
        if key in own
    ]
    others = [f"{code(key)}: {show.here(key)}" for key in SETTABLE if key not in own]
    return "\n\n".join(
        [
            f"**Set in this room**\n\n{listed(ours)}" if ours else "Nothing is set in this room.",
            f"**As everywhere else**\n\n{listed(others)}",
            f"{call.form('settings KEY')} says what a key means.",
        ]
    )


async def about(call: Call, key: str) -> str:
    """What a key does, what it can be, and what it is. Raises `ConfigError` for no key of ours."""
    if key not in SETTABLE:
        raise ConfigError([unknown(key, SETTABLE)])
    row, show = SETTABLE[key], await shows(call, _LONG)
    same = getattr(call.settings, key) == getattr(call.configuration.defaults, key)
    values = f"It is {show.here(key)} here"
    values += "." if same else f", and {show.elsewhere(key)} elsewhere."
    bound = ""
    if row.rule.bound and not call.chooser.is_admin:
        bound = f" For all but my admins it is {row.rule.bound}."
    return f"{code(key)}: {row.help} It can be {_allowed(call, key)}.{bound} {values}"


def _allowed(call: Call, key: str) -> str:
    """What a key can be for this person: of what has names, those that they may choose."""
    names = {
        "provider": call.configuration.providers_for,
        "tools": call.configuration.tools_for,
    }.get(key)
    if names is None:
        return SETTABLE[key].kind.allowed
    return ", ".join(map(code, names(call.chooser))) or "nothing else"


async def shows(call: Call, longest: int = LONG) -> Shown:
    """Values as whoever calls may see them."""
    setter = await call.may(Who.SETTERS)
    return Shown(call, longest, setter, call.chooser.is_admin)


class Shown:
    """Values as this person may see them: prompts are for those who may change them."""

    def __init__(self, call: Call, longest: int, is_setter: bool, is_admin: bool) -> None:
        self._call, self._longest = call, longest
        self._is_setter, self._is_admin = is_setter, is_admin

    def here(self, key: str) -> str:
        """What holds in this room."""
        own = key in self._call.configuration.rooms.get(self._call.room_id, {})
        value = getattr(self._call.settings, key)
        return self._value(key, value, self._is_setter if own else self._is_admin)

    def elsewhere(self, key: str) -> str:
        """What holds where nothing else is set."""
        return self._value(key, getattr(self._call.configuration.defaults, key), self._is_admin)

    def _value(self, key: str, value: Any, may_read: bool) -> str:
        if key == "system_prompt" and value and not may_read:
            return "set, and not for everybody to read"
        return code(value, self._longest)
