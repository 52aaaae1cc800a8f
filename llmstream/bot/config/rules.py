"""What people who are not the bot's admins may make of a key: never more than holds elsewhere.

Everybody has power level 100 in a direct chat of their own, so that whoever may change a room's
settings need not be anybody the admin knows. They may make a room slower, cheaper and quieter than
the defaults, never faster, dearer or wider.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    """What one key may be set to by others than admins.

    Args:
        bound: What it is at most or at least, as the end of a sentence; '' where all is allowed.
        admits: Whether a value is allowed, given the one that holds elsewhere.
    """

    bound: str
    admits: Callable[[Any, Any], bool]


ANYTHING = Rule("", lambda _value, _elsewhere: True)
AT_MOST = Rule("at most what holds elsewhere", lambda value, elsewhere: value <= elsewhere)
AT_LEAST = Rule("at least what holds elsewhere", lambda value, elsewhere: value >= elsewhere)
LIMIT = Rule(
    "at most what holds elsewhere",
    lambda value, elsewhere: not elsewhere or 0 < value <= elsewhere,
)
"""For numbers of which 0 is no limit."""


def at_most(*steps: Any) -> Rule:
    """One of `steps`, which go from the quietest to the loudest, up to what holds elsewhere."""
    return Rule(
        "what holds elsewhere or something quieter",
        lambda value, elsewhere: steps.index(value) <= steps.index(elsewhere),
    )


def no_longer_than(characters: int) -> Rule:
    """Any text of so many characters, or of as many as what holds elsewhere has."""
    return Rule(
        f"up to {characters:,} characters long",
        lambda value, elsewhere: len(value) <= max(characters, len(elsewhere)),
    )
