"""Markdown to Matrix HTML."""

from __future__ import annotations

from typing import Literal

from markdown_it import MarkdownIt

from .heal import heal
from .plain import clean

Tables = Literal["html", "text"]

_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def to_html(text: str, tables: Tables = "html") -> str:
    """The HTML of a finished text."""
    html: str = _markdown.render(clean(text))
    return html


class StreamRenderer:
    """The HTML of a text that grows."""

    def __init__(self, tables: Tables = "html") -> None:
        self._tables = tables

    def paint(self, text: str, final: bool = False) -> str:
        """The HTML of the whole text so far."""
        return to_html(text if final else heal(text), self._tables)
