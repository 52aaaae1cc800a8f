"""A row for each key: its default, the kind of its values, a line of help, and a rule.

The dataclasses of values.py are made of these rows, and everything else that needs to know about a
key reads its row. The help is for `!llm settings`; base-config.yaml says more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .kinds import Kind
from .rules import ANYTHING, Rule


@dataclass(frozen=True, slots=True)
class Key:
    """What a value can be, what it does in a line, and what others than admins may make of it."""

    kind: Kind
    help: str = ""
    rule: Rule = ANYTHING


def key(
    default: Any,
    kind: Kind,
    help: str = "",
    rule: Rule = ANYTHING,
    *,
    factory: Callable[[], Any] | None = None,
) -> Any:
    """A field of a dataclass that is a key of the configuration."""
    row = {"key": Key(kind, help, rule)}
    if factory is not None:
        return field(default_factory=factory, repr=not kind.secret, metadata=row)
    return field(default=default, repr=not kind.secret, metadata=row)


def keys_of(section: Any) -> Mapping[str, Key]:
    """The rows of a dataclass, by the names of their keys.

    A key that Python could not call so has a `_` behind its name there: `for_` is `for`.
    """
    return {
        one.name.rstrip("_"): one.metadata["key"]
        for one in fields(section)
        if "key" in one.metadata
    }
