"""Packages that would write conversations into the log: quieter than maubot's usual DEBUG level.

Not for the plugin's own log, which never has a word of what is said.
"""

from __future__ import annotations

import logging

TALKATIVE = ("aiosqlite", "anthropic", "openai", "mcp")
"""Loggers that show what is stored, asked or called at DEBUG."""


def quieten() -> None:
    """Let them say what is above DEBUG, unless the admin's own logging settings name them."""
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.INFO)
