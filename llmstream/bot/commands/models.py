"""Which providers and models there are. Names only: no address, key or header is shown."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches

from ...chunks import Usage
from ...providers import TYPES
from ...providers.prices import prices_of
from ..config import ConfigError, ProviderSettings, RoomSettings
from ..phrases import code, count, listed
from .call import Call

_SHOWN = 60
_HERE = "← answers here"
_WHO = "only my admins may choose it."
_SAMPLE = Usage(1000, 1000)


async def providers(call: Call) -> str:
    """The providers by name, type and default model."""
    here = call.settings.provider
    lines = []
    for name in call.configuration.providers_for(call.chooser):
        provider = call.configuration.providers[name]
        model = f", {code(provider.model)}" if provider.model else ""
        lines.append(f"{code(name)} ({provider.type}{model}) {_HERE if name == here else ''}")
    choose = (
        f"{call.form('set provider NAME')} chooses one, {call.form('models NAME')} shows more."
    )
    return f"{listed(lines)}\n\n{choose}"


async def models(call: Call) -> str:
    """The models of the room's provider, or of the one that is named."""
    settings = call.settings
    name = call.arguments.strip() or settings.provider
    choosable = call.configuration.providers_for(call.chooser)
    if name not in choosable:
        known = ", ".join(map(code, sorted(choosable))) or "none"
        raise ConfigError([f"There is no provider {code(name)}; it can be one of: {known}."])
    provider = call.configuration.provider(name)
    offered = await offered_by(call, provider)
    if not offered:
        return f"{code(name)} names no models."
    current = model_of(settings, provider) if name == settings.provider else ""
    shown = offered[:_SHOWN]
    if is_offered(current, offered) and current not in shown:
        shown = [current, *shown]
    lines = [f"{code(model)} {_HERE if model == current else ''}" for model in shown]
    more = len(offered) - len(shown)
    rest = f"\n\nand {more:,} more." if more > 0 else ""
    return f"{code(name)} has {count(len(offered), 'model')}:\n\n{listed(lines)}{rest}"


async def offered_by(call: Call, provider: ProviderSettings) -> list[str]:
    """The models that it lists; none where it has no list. Raises `ProviderError`."""
    if package := TYPES[provider.type].package:
        await call.instance.packages.check(package)
    return await call.instance.connections.get(provider).models()


def model_of(settings: RoomSettings, provider: ProviderSettings) -> str:
    """The model that is asked with these settings; '' where none is named."""
    return settings.model or provider.model


async def refuse_dearer(call: Call, provider: ProviderSettings, model: str) -> None:
    """Raises `ConfigError` where this person is no admin, and the model is dearer than what holds
    elsewhere, or has no price by which the limits on costs could hold.
    """
    defaults, limits = call.configuration.defaults, call.configuration.limits
    elsewhere = provider.model
    if defaults.provider == provider.name:
        elsewhere = model_of(defaults, provider)
    if call.chooser.is_admin or not elsewhere:
        return
    usual, wanted = [
        (await prices_of(provider, one)).priced(_SAMPLE).charged for one in (elsewhere, model)
    ]
    is_limited = limits.cost_per_user_per_day or limits.cost_per_room_per_month
    if usual is None or (wanted is None and not is_limited):
        return
    if wanted is None:
        raise ConfigError(
            [f"No price is known of {code(model)}, so that no limit on costs would hold: {_WHO}"]
        )
    if wanted > usual:
        raise ConfigError([f"{code(model)} costs more than {code(elsewhere)}: {_WHO}"])


def check_model(model: str, offered: Collection[str], provider: str) -> None:
    """Raises `ConfigError`, with what may have been meant, where the model is not offered."""
    if is_offered(model, offered):
        return
    near = get_close_matches(model, offered, n=3, cutoff=0.4)
    meant = f"did you mean {' or '.join(map(code, near))}?" if near else "none is called so."
    sentence = f"{code(provider)} has no model {code(model)} among its {len(offered):,}; {meant}"
    raise ConfigError([sentence])


def is_offered(model: str, offered: Collection[str]) -> bool:
    """Whether one of these is meant.

    Providers list models with a version or a tag that need not be typed: `llama3.2:latest`,
    `claude-sonnet-4-5-20250929`, for which `-latest` may stand too.
    """
    if model in offered:
        return True
    stem = re.escape(re.sub(r"[-:]latest$", "", model))
    dated = re.compile(rf"{stem}(?::latest|-\d{{8}}|-\d{{4}}-\d{{2}}-\d{{2}})?")
    return bool(model) and any(dated.fullmatch(one) for one in offered)
