"""base-config.yaml and what admins made of it, as frozen dataclasses.

A key is one row in `values.py` (its default, the kind of its values, a line of help, and what
people who are no admins may make of it) and one entry in base-config.yaml with a plain sentence
above it. Nothing else has to know it: it is read, checked, shown and set by its row.

- `values`: what the rest of the bot reads, and who may choose what.
- `kinds`, `rules`, `keys`: what rows are made of. `sections`: which keys stand where.
- `parsing`: YAML to values. `settable`: what is typed at `!llm set`. `mistakes`: what is wrong.
- `written`, `comments`: the text in maubot's web UI. `current`: what is in force now.
"""

from ...providers import Settings as ProviderSettings
from .current import LiveConfiguration
from .kinds import matches, matches_room
from .mistakes import ConfigError
from .parsing import read
from .settable import SETTABLE, parse_setting
from .values import (
    BUILT_IN_TOOLS,
    Access,
    Chooser,
    Configuration,
    Limits,
    RoomSettings,
    ToolServer,
)
from .written import Config

__all__ = [
    "BUILT_IN_TOOLS",
    "SETTABLE",
    "Access",
    "Chooser",
    "Config",
    "ConfigError",
    "Configuration",
    "Limits",
    "LiveConfiguration",
    "ProviderSettings",
    "RoomSettings",
    "ToolServer",
    "matches",
    "matches_room",
    "parse_setting",
    "read",
]
