"""Where the labels of links and footnotes lead, as inline.py asks for it.

Of a text, render.py knows that; here are the two that know no text.
"""

from __future__ import annotations

from typing import Any, Protocol


class Lookup(Protocol):
    """Where labels lead: a mapping as markdown-it's link rule asks it."""

    def get(self, label: str, default: Any = None) -> Any: ...

    def number(self, label: str) -> int | None:
        """Of the footnote with this label, None where it is none."""


class _Nowhere(dict[str, Any]):
    def number(self, label: str) -> int | None:
        return self.get(label)


class _Anywhere(_Nowhere):
    def get(self, label: str, default: Any = None) -> Any:  # noqa: ARG002
        return {"href": "", "title": ""}

    def number(self, label: str) -> int | None:  # noqa: ARG002
        return None


NOWHERE: Lookup = _Nowhere()
"""No label leads anywhere."""
ANYWHERE: Lookup = _Anywhere()
"""Each label leads somewhere."""
