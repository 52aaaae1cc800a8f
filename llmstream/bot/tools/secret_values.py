"""A secret as the admin wrote it: the value itself, or where it is (`env:NAME`, `file:/path`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .tool import ToolError


def resolve(server: str, key: str, values: Mapping[str, str]) -> dict[str, str]:
    """The values themselves. Reads files: call it off the event loop.

    Raises:
        ToolError: One is not where it should be.
    """
    return {name: _found(f"tools.{server}.{key}.{name}", value) for name, value in values.items()}


def _found(key: str, value: str) -> str:
    kind, _, place = value.partition(":")
    if kind == "env":
        if place in os.environ:
            return os.environ[place]
        raise ToolError(f"{key} names the environment variable {place}, which is not set. Set it.")
    if kind == "file":
        try:
            return Path(place).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ToolError(f"{key} names the file {place}, which cannot be read.") from None
    return value
