"""Where the bot runs: its version, its configuration, prices, packages, and its database."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from functools import partial
from importlib.metadata import PackageNotFoundError, version

from ....providers import TYPES
from ....providers.errors import PackageMissing
from ....providers.prices import prices_of
from ...packages import LOCKS
from ...phrases import code
from ..call import Call
from .finding import Check, Finding

_ROOM_LEFT = 200_000_000  # bytes
_SLOW = 0.5  # seconds
_SHOWN = 3
_COUNTED = ("cost_per_user_per_day", "cost_per_room_per_month")


def host_checks(call: Call) -> list[Check]:
    """Of the host, for admins."""
    checks = [
        Check("Version", partial(_version, call)),
        Check("Configuration", partial(_configuration, call)),
        Check("Packages", partial(_packages, call)),
        Check("Database", partial(_database, call)),
    ]
    limits = call.configuration.limits
    if any(getattr(limits, key) for key in _COUNTED):
        checks.append(Check("Costs", partial(_costs, call)))
    return checks


async def _version(call: Call) -> Finding:
    others = await asyncio.to_thread(lambda: [(name, _installed(name)) for name in _AROUND])
    around = [f"{name} {number}" for name, number in others if number]
    python = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        ", ".join([f"llmstream {call.instance.version}".strip(), *around, f"Python {python}"])
    )


_AROUND = ("maubot", "mautrix")


async def _configuration(call: Call) -> Finding:
    problem = call.instance.configuration.problem
    if problem:
        return Finding("it has mistakes", "bad", " ".join(problem.splitlines()))
    added = [key for key in call.instance.config.added if not key.startswith("providers.")]
    if not added:
        return Finding("no mistake")
    more = len(added) - _SHOWN
    keys = ", ".join(map(code, added[:_SHOWN])) + (f" and {more} more" if more > 0 else "")
    return Finding(f"no mistake; new since the last start, by default: {keys}")


async def _packages(call: Call) -> Finding:
    """Those that the providers and tools of the configuration need."""
    types = {provider.type for provider in call.configuration.providers.values()}
    needed = {TYPES[type].package for type in types} - {""}
    if call.configuration.tools:
        needed.add("mcp")
    if not needed:
        return Finding("none needed")
    lacking, missing = set(), []
    for package in sorted(needed):
        try:
            await call.instance.packages.check(package)
        except PackageMissing as error:
            lacking.add(package)
            missing.append(str(error))
    said, others = [], []
    for package in sorted(needed - lacking):
        has, tried = await asyncio.to_thread(_versions, package)
        said.append(f"{code(package)} {has}")
        if tried and has.partition(".")[0] != tried.partition(".")[0]:
            others.append(f"{code(package)} with {tried}")
    said += [f"{code(package)} is missing" for package in sorted(lacking)]
    if missing:
        return Finding(", ".join(said), "bad", "\n\n".join(missing))
    if others:
        remedy = f"This version was tested with another one: {', '.join(others)}."
        return Finding(", ".join(said), "better", remedy)
    return Finding(", ".join(said))


async def _database(call: Call) -> Finding:
    store = call.instance.store
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        await store.try_out()
    except Exception as error:
        call.instance.log.warning("The database does not work", exc_info=True)
        return Finding(
            f"{store.engine}, which cannot be read and written ({type(error).__name__})",
            "bad",
            "Answers are written all the same, but not all is kept, nor can limits be counted. "
            "Maubot's log says more; what to do with a damaged file stands in docs/admins.md.",
        )
    took = clock() - began
    said = f"{store.engine}, written in {took * 1000:.0f} ms"
    if store.folder is not None:
        free = (await asyncio.to_thread(shutil.disk_usage, store.folder)).free
        said = f"{said}, {free / 1e9:,.1f} GB free"
        if free < _ROOM_LEFT:
            return Finding(said, "bad", "Make room on the disk that maubot's data is on.")
    if took > _SLOW:
        return Finding(
            said, "better", "That is slow: look at the disk, or at what else uses the database."
        )
    return Finding(said)


async def _costs(call: Call) -> Finding:
    """Whether the limits on costs can hold."""
    unknown, half = [], []
    for name, provider in call.configuration.providers.items():
        settings = call.configuration.defaults
        model = provider.model or (settings.model if settings.provider == name else "")
        if provider.type != "demo" and not (await prices_of(provider, model)).known:
            unknown.append(name)
        if (provider.price_in is None) != (provider.price_out is None):
            half.append(name)
    said, remedies = [], []
    if unknown:
        said.append(f"no price is known of {_named(unknown)}: no limit on costs holds there")
        remedies.append(
            "Set `price_in` and `price_out` there (0 where it is free), or install the package "
            "`genai-prices`, which knows those of the large providers."
        )
    if half:
        said.append(f"{_named(half)} has one price of two: what the other is for costs nothing")
        remedies.append("Set both `price_in` and `price_out` there.")
    if not said:
        return Finding("every provider has prices")
    return Finding("; ".join(said), "better", " ".join(remedies))


def _named(names: list[str]) -> str:
    return ", ".join(map(code, names))


def _versions(package: str) -> tuple[str, str]:
    return _installed(package), _tried(package)


def _installed(package: str) -> str:
    """Its version; '' where it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _tried(package: str) -> str:
    """The version of it that this was tested with; '' where that is not known."""
    try:
        lock = (LOCKS / f"{package}.txt").read_text()
    except FileNotFoundError:
        return ""
    pinned = re.search(rf"^{re.escape(package)}==([\w.]+)", lock, re.MULTILINE)
    return pinned[1] if pinned else ""
