"""Packages that would write conversations into the log: quieter than maubot's usual DEBUG level.

Not for the plugin's own log, which never has a word of what is said.
"""

from __future__ import annotations

import logging

TALKATIVE = ("aiosqlite", "anthropic", "openai", "mcp")
"""Loggers that show what is stored, asked or called at DEBUG."""
WITH_ADDRESSES = ("httpx", "httpx2")
"""Loggers that show whole addresses at INFO; a key may stand in the query of one."""


def quieten() -> None:
    """Let them say what is above that, unless the admin's own logging settings name them."""
    for names, level in ((TALKATIVE, logging.INFO), (WITH_ADDRESSES, logging.WARNING)):
        for logger in map(logging.getLogger, names):
            if logger.level == logging.NOTSET:
                logger.setLevel(level)
