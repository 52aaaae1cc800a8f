"""One thing to look at, and what was found."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["good", "better", "bad"]
"""It works; it works and could be better; it does not work."""

PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has found.

    Args:
        said: In a few words, as the end of a line; no key, token or raw answer of a server.
        remedy: What to do about it, as Markdown; '' where nothing is to be done.
    """

    said: str
    level: Level = "good"
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at.

    Args:
        title: What it is, as the beginning of a line.
        run: Looks at it.
        patience: After so many seconds it is given up.
        remedy: What to do where it was given up.
    """

    title: str
    run: Callable[[], Awaitable[Finding]]
    patience: float = PATIENCE
    remedy: str = "Ask again in a minute; if it stays so, maubot's log may say why."
