"""`set` and `unset`: a setting changed in the configuration's text, and in force at once."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...providers.errors import ProviderError
from ..config import SETTABLE, ConfigError, RoomSettings, parse_setting
from ..config.mistakes import unknown
from ..phrases import code
from .call import Call
from .models import check_model, offered_by, refuse_dearer
from .scopes import Everywhere, OneRoom, Scope
from .settings import about, settings, shows

# Phones make one dash of two.
_EVERYWHERE = r"(?:--|[–—])everywhere"
_FLAG = re.compile(rf"\A{_EVERYWHERE}(?!\S)\s*|(?<!\s)\s+{_EVERYWHERE}\Z", re.IGNORECASE)
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "«": "»"}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed; `key` and `value` are '' where they were left out. A value keeps its lines.

    `value` is as it stands there; `unquoted` is what it means.
    """

    scope: Scope
    key: str = ""
    value: str = ""

    @property
    def unquoted(self) -> str:
        """The value without one pair of quotes around all of it."""
        value = self.value
        for first, last in _QUOTES.items():
            inner = value[1:-1]
            quoted = len(value) > 1 and value[0] == first and value[-1] == last
            if quoted and first not in inner and last not in inner:
                return inner
        return value


async def set_(call: Call) -> str:
    """Set a key, here or everywhere; without a value, say what the key is."""
    typed = read_typed(call.arguments, call.room_id)
    scope, key = typed.scope, typed.key
    if not key:
        return await settings(call)
    if not typed.value:
        return await about(call, key)
    await call.require(scope.who)
    value = parse_setting(key, typed.unquoted, call.configuration, call.chooser)
    _refuse_where_full(call)
    unchecked = await _check_model(call, scope, value) if key == "model" and value else ""
    before = scope.settings(call.configuration)
    holds = await scope.write(call.instance.configuration, key, value)
    said = f"{code(key)} is now {code(value)} {scope.where}."
    notes = await _effect(call, scope, key, before, holds)
    return " ".join(filter(None, [said, unchecked, *notes]))


async def unset(call: Call) -> str:
    """Take a room's own value away; everywhere, go back to what the plugin comes with."""
    typed = read_typed(call.arguments, call.room_id)
    scope, key = typed.scope, typed.key
    if key not in SETTABLE:
        raise ConfigError([unknown(key, SETTABLE) if key else f"Which? {call.form('unset KEY')}"])
    await call.require(scope.who)
    if key not in scope.own(call.configuration):
        return f"{code(key)} is not set {scope.where}: it is {await _held(call, scope, key)}."
    before = scope.settings(call.configuration)
    holds = await scope.erase(call.instance.configuration, key)
    notes = await _effect(call, scope, key, before, holds)
    held = await _held(call, scope, key)
    return " ".join([f"{code(key)} is no longer set {scope.where}: it is {held}.", *notes])


async def _held(call: Call, scope: Scope, key: str) -> str:
    """What holds where a key is not set, as this person may see it."""
    shown = await shows(call)
    return shown.elsewhere(key) if isinstance(scope, Everywhere) else shown.here(key)


def _refuse_where_full(call: Call) -> None:
    """Raises `ConfigError` where the file has got so long that only admins may add to it."""
    if call.instance.configuration.is_full and not call.chooser.is_admin:
        raise ConfigError(["So much is set in rooms already that only my admins can add to it."])


async def _check_model(call: Call, scope: Scope, model: str) -> str:
    """Raises `ConfigError` where the provider has no such model. A sentence where it won't say."""
    configuration = call.configuration
    provider = configuration.provider(scope.settings(configuration).provider)
    await refuse_dearer(call, provider, model)
    try:
        offered = await offered_by(call, provider)
    except ProviderError as error:
        return f"I could not check whether that model exists: {error}"
    if offered:
        check_model(model, offered, provider.name)
    return ""


async def _effect(
    call: Call, scope: Scope, key: str, before: RoomSettings, holds: bool
) -> list[str]:
    """Sentences on what else the person should know of a change.

    With its provider, a model that was chosen for it goes.
    """
    live = call.instance.configuration
    if not holds:
        return [
            "It is saved but does not hold yet: the configuration has mistakes, which "
            f"{call.form('status')} names to my admins."
        ]
    notes = [scope.exceptions(live.current, key)]
    after, own = scope.settings(live.current), scope.own(live.current)
    if after.provider != before.provider and "model" in own:
        await scope.erase(live, "model")
        notes.append(f"The model {code(after.model)} was for {code(before.provider)}: unset.")
    return [note for note in notes if note]


def read_typed(arguments: str, room_id: str) -> Typed:
    """`KEY VALUE`, for this room; for all with `--everywhere` before or after it."""
    text, flagged = _FLAG.subn("", arguments.strip(), count=1)
    scope: Scope = Everywhere(room_id) if flagged else OneRoom(room_id)
    key, value = [*text.split(maxsplit=1), "", ""][:2]
    return Typed(scope, key.lower(), value)
