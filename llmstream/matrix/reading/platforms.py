"""The table of platforms behind bridges, platforms.toml, as values.

Where a room's bridge is found, and what holds in a room, is `delivery.py`.
"""

from __future__ import annotations

import pkgutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Platform:
    """One row of the table; its first comment says what they mean."""

    name: str
    protocols: tuple[str, ...] = ()
    edits: bool = False
    interval_ms: int = 0
    most_edits: int = 0
    longest_text: int = 0
    plain: bool = True


@cache
def platforms() -> Mapping[str, Platform]:
    """The platforms, by the name of their table."""
    text = pkgutil.get_data(__package__, "platforms.toml") or b""
    return {
        key: Platform(**{**row, "protocols": tuple(row["protocols"])})
        for key, row in tomllib.loads(text.decode()).items()
    }


def platform_of(protocol: str) -> Platform:
    """The platform of a bridge with this id; the row `unknown` where the table has none."""
    found = (one for one in platforms().values() if protocol.lower() in one.protocols)
    return next(found, platforms()["unknown"])
