"""The tool `time`: what time it is, anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from ...messages import Tool
from .tool import BoundTool, Result, ToolError, ours

_TOLD = Tool(
    "time",
    "The present date, time and day of the week in a time zone.",
    {
        "type": "object",
        "properties": {
            "zone": {
                "type": "string",
                "description": "An IANA name such as Europe/Berlin; UTC where it is left out.",
            }
        },
    },
)


async def _now(arguments: Mapping[str, Any]) -> Result:
    name = str(arguments.get("zone") or "UTC")
    return ours(f"{datetime.now(_zone(name)):%A, %Y-%m-%d %H:%M:%S %z} ({name})")


def _zone(name: str) -> tzinfo:
    if name.upper() == "UTC":
        return UTC  # also where the host has no time zone database
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ToolError(
            "There is no such time zone here. Use an IANA name such as Europe/Berlin, or UTC."
        ) from None


TIME = BoundTool(_TOLD, "time", _now)
