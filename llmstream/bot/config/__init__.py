"""base-config.yaml and what admins made of it, as frozen dataclasses.

values.py is what the rest of the bot reads; kinds.py, settings.py and reading.py turn YAML and
typed text into it; proxy.py and comments.py keep the text that maubot's web UI shows; live.py holds
what is in force now.
"""

from .errors import ConfigError
from .values import Access, Configuration, Limits, RoomSettings, ToolServer

__all__ = ["Access", "ConfigError", "Configuration", "Limits", "RoomSettings", "ToolServer"]
