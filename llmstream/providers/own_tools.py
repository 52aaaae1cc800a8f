"""Tools that a provider runs itself (a search of the web), which the admin names in `options`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def own_tools(options: Mapping[str, Any]) -> list[Any]:
    """They stand beside the tools of a question, which would else take their place."""
    tools = options.get("tools")
    return list(tools) if isinstance(tools, list | tuple) else []
