"""base-config.yaml and what admins made of it, as frozen dataclasses.

values.py is what the rest of the bot reads; kinds.py, settings.py and reading.py turn YAML and
typed text into it; written.py and comments.py keep the text in maubot's web UI; live.py holds
what is in force now.
"""

from ...providers import Settings as ProviderSettings
from .current import LiveConfiguration
from .errors import ConfigError
from .parsing import read
from .room_keys import BUILT_IN_TOOLS, SETTABLE, Setting, parse_setting
from .values import Access, Configuration, Limits, RoomSettings, ToolServer
from .written import Config

__all__ = [
    "BUILT_IN_TOOLS",
    "SETTABLE",
    "Access",
    "Config",
    "ConfigError",
    "Configuration",
    "Limits",
    "LiveConfiguration",
    "ProviderSettings",
    "RoomSettings",
    "Setting",
    "ToolServer",
    "parse_setting",
    "read",
]
