"""Any text as one line of inline code, so that nothing in it comes alive in a room."""

from __future__ import annotations

import re


def code_span(text: str, limit: int) -> str:
    """At most `limit` characters of it, "…" where there were more; '' for blank text."""
    # Only the beginning is looked at: a tool's result may have megabytes.
    head = " ".join(_printable(text[: limit * 4]).split())
    if not head:
        return ""
    if len(head) > limit or len(text) > limit * 4:
        head = f"{head[:limit].rstrip()}…"
    fence = "`" * (max((len(run) for run in re.findall("`+", head)), default=0) + 1)
    padding = " " if "`" in (head[0], head[-1]) else ""
    return f"{fence}{padding}{head}{padding}{fence}"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
