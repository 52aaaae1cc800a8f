"""What a stream becomes."""

from __future__ import annotations

from typing import Any

from llmstream.adapters import chunks_of
from llmstream.chunks import Chunk, TaskUpdate


async def collect(stream: Any) -> list[Chunk]:
    """All chunks of a stream."""
    return [chunk async for chunk in chunks_of(stream)]


def said(chunks: list[Chunk], kind: type[Any]) -> str:
    """The text of all chunks of a kind."""
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, kind))


def tasks(chunks: list[Chunk]) -> list[TaskUpdate]:
    """The tasks among them."""
    return [chunk for chunk in chunks if isinstance(chunk, TaskUpdate)]
