"""The table of platforms behind bridges, platforms.toml, as values.

Where a room's bridge is found, and what holds in a room, is `delivery.py`.
"""

from __future__ import annotations

import pkgutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeAlias

UNKNOWN = "unknown"
"""The row for bridges that have no other."""


@dataclass(frozen=True, slots=True)
class Platform:
    """One row of the table; its first comment says what they mean."""

    name: str
    protocols: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    edits: bool = False
    interval_ms: int = 0
    most_edits: int = 0
    corrections: bool = True
    edit_count: int = 0
    edit_seconds: int = 0
    longest_text: int = 0
    longest_line: int = 0
    plain: bool = True
    html: bool = True
    threads: bool = True
    reactions: bool = True
    chat_sdk: str = ""
    why: str = ""


Platforms: TypeAlias = Mapping[str, Platform]


@cache
def platforms() -> Platforms:
    """The platforms, by the name of their table."""
    text = pkgutil.get_data(__package__, "platforms.toml") or b""
    return {
        key: Platform(**{name: _value(value) for name, value in row.items()})
        for key, row in tomllib.loads(text.decode()).items()
    }


def changed(rows: Mapping[str, Mapping[str, Any]]) -> Platforms:
    """The table with these rows: what a known one names is changed in it, others are added."""
    table = platforms()
    unknown = replace(table[UNKNOWN], chat_sdk="", why="")
    for key, row in rows.items():
        known = table.get(key) or replace(unknown, name=key)
        arrives = known.corrections or bool(row.get("edits"))
        table = {**table, key: replace(known, **{"corrections": arrives, **row})}
    return table


def platform_of(protocol: str, table: Platforms) -> Platform:
    """The platform of a bridge with this id, or this type of state event; the row `unknown` where
    the table has none.

    Of two rows with an id, the later: what somebody has added stands behind ours.
    """
    id = protocol.lower()
    found = [one for one in table.values() if id in one.protocols or id in one.state]
    return found[-1] if found else table[UNKNOWN]


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
