"""Which keys each section of the configuration has, and of which kind each is."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...providers import TYPES
from .keys import keys_of
from .kinds import (
    Kind,
    address,
    anything_by_name,
    either,
    flag,
    globs,
    hidden,
    list_of,
    price,
    text,
    texts_by_name,
    whole,
    word,
)
from .values import Access, Limits, RoomSettings, ToolServer

TOP = {
    "command": word(),
    "aliases": list_of(word(), "words"),
    "settings_command": word(),
    "install_missing_packages": flag(),
    "fetch_ports": list_of(whole(1, 65_535), "ports"),
    "retention_days": whole(0, 36_500, "days"),
}
SECTIONS = (
    *("providers", "defaults", "rooms", "access", "limits", "tools", "platforms", "dashboard"),
)


def _kinds(section: type) -> dict[str, Kind]:
    return {name: row.kind for name, row in keys_of(section).items()}


ACCESS, LIMITS, ROOM, TOOL = map(_kinds, (Access, Limits, RoomSettings, ToolServer))
INSIDE: Mapping[str, Collection[str]] = {"access": ACCESS, "limits": LIMITS, "rooms": ()}
BUILT_IN = {"for": globs()}
DASHBOARD = {"token": hidden(text())}
PLATFORM = {
    "name": text(),
    "protocols": list_of(word(), "the ids that its bridges give"),
    "edits": flag(),
    "interval_ms": whole(0, 600_000, "milliseconds"),
    "most_edits": whole(0, 1_000),
    "corrections": flag(),
    "edit_count": whole(0, 1_000_000),
    "edit_seconds": whole(0, 1_000_000_000, "seconds"),
    "longest_text": whole(0, 1_000_000, "characters"),
    "longest_line": whole(0, 1_000_000, "bytes"),
    "plain": flag(),
    "html": flag(),
    "threads": flag(),
    "reactions": flag(),
}
PROVIDER = {
    "type": either(*TYPES),
    "model": text(),
    "base_url": address(),
    "api_key": hidden(text()),
    "headers": texts_by_name(),
    "options": anything_by_name(),
    "api": either("chat", "responses"),
    "price_in": price(),
    "price_out": price(),
    "for": globs(),
}
