"""The time before the first word: what stands there, and how long the model has been thinking.

Knows the clock and the words, not when a message is sent (`live.py`).
"""

from __future__ import annotations

import asyncio

from ...chunks import Chunk, Reasoning, Text, WasReasoning
from ...document import Document
from .style import Style


class Thinking:
    """How long a model thinks before it speaks. One for each answer, told of every chunk."""

    def __init__(self, document: Document, style: Style) -> None:
        self._document = document
        self._style = style
        self._thought_before = bool(document.reasoning)  # for how long is not known
        self._time = asyncio.get_running_loop().time
        self._since: float | None = None
        self._until: float | None = None

    def hear(self, chunk: Chunk) -> None:
        """Reasoning begins the thinking, text ends it, unless it turns out to be reasoning too."""
        if isinstance(chunk, WasReasoning):
            self._since, self._until = self._since or self._until, None
        elif isinstance(chunk, Reasoning) and self._since is None:
            self._since = self._time()
        elif isinstance(chunk, Text) and self._until is None and self._document.length:
            self._until = self._time()

    def line(self, *, final: bool) -> str:
        """What stands above or instead of the text now; '' for nothing."""
        if self._document.length or final:
            return self._thought() if self._style.reasoning == "collapsed" else ""
        if self._document.waiting:
            return self._document.waiting
        if self._since is None or self._style.reasoning == "hidden":
            return self._style.placeholder
        return f"{self._style.placeholder or 'Thinking…'} {self._time() - self._since:.0f} s"

    def _thought(self) -> str:
        if self._since is None:
            return "Thoughts" if self._thought_before else ""
        return f"Thought for {(self._until or self._time()) - self._since:.0f} s"
