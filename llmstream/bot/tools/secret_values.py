"""The secrets among a tool server's settings, each of which may be written as where it is."""

from __future__ import annotations

from collections.abc import Mapping

from ...secrets import SecretMissing, read_secret
from .tool import ToolError


def resolve(server: str, key: str, values: Mapping[str, str]) -> dict[str, str]:
    """The values themselves. Reads files: call it off the event loop.

    Raises:
        ToolError: One is not where it should be.
    """
    return {name: _found(f"tools.{server}.{key}.{name}", value) for name, value in values.items()}


def _found(key: str, value: str) -> str:
    try:
        return read_secret(value)
    except SecretMissing as error:
        raise ToolError(f"{key} names {error}. Put it there, or change {key}.") from None
