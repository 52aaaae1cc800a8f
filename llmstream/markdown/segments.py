"""Long paragraphs in pieces, so that no piece costs much to render."""

from __future__ import annotations


def segments(text: str) -> list[str]:
    return [text]
