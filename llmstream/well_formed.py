"""Text as it may be stored and sent on, made where chunks come in.

JSON lets a server send half of a character: a surrogate, whose other half is in the next chunk or
nowhere. Neither UTF-8 nor PostgreSQL takes it, nor PostgreSQL a NUL. What Matrix or Markdown do
not want in a text is not known here.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import fields, replace
from typing import Any

from .chunks import WORDS, Chunk, Reasoning, Text

_BAD = re.compile("[\ud800-\udfff\0]")


def well_formed(text: str) -> str:
    """The same text: halves that belong together joined, each other half and each NUL a `�`."""
    if not _BAD.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\0", "\ufffd")


async def well_formed_chunks(chunks: AsyncGenerator[Chunk, None]) -> AsyncGenerator[Chunk, None]:
    """The same chunks, each text of theirs well-formed. Closing this closes them."""
    held: dict[type[Text | Reasoning], str] = {Text: "", Reasoning: ""}
    async with aclosing(chunks):
        async for chunk in chunks:
            if isinstance(chunk, WORDS):
                kind = type(chunk)
                if not held[kind] and not _BAD.search(chunk.text):
                    yield chunk
                    continue
                text, held[kind] = _whole(held[kind] + chunk.text)
                if text:
                    yield kind(text)
            else:
                for rest in _rest(held):
                    yield rest
                yield _clean(chunk)
    for rest in _rest(held):
        yield rest


def _whole(text: str) -> tuple[str, str]:
    """What is certain, and the half at the end whose other half may come."""
    half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
    return well_formed(text[: len(text) - len(half)]), half


def _rest(held: dict[type[Text | Reasoning], str]) -> Iterator[Chunk]:
    for kind, half in held.items():
        if half:
            held[kind] = ""
            yield kind(well_formed(half))


def _clean(chunk: Chunk) -> Chunk:
    said = {field.name: getattr(chunk, field.name) for field in fields(chunk)}
    bad: dict[str, Any] = {
        name: well_formed(value)
        for name, value in said.items()
        if isinstance(value, str) and _BAD.search(value)
    }
    return replace(chunk, **bad) if bad else chunk
