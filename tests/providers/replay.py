"""The wires of `wires/`, and reading one without a network, in whichever pieces it comes.

A file has what is to come of it, as one line of JSON, and then the body: `text`, `thought`,
`calls` (name and arguments), `finish`; `was`, what turned out to be a thought; or `failure`, with
what is understood of it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmstream.chunks import Chunk, Finish, Reasoning, Text, ToolCall, WasReasoning
from llmstream.providers import Request, Settings, connect
from llmstream.providers.failures import Failed, failure_of
from llmstream.providers.listening import heard
from llmstream.providers.remote import Remote
from llmstream.providers.think import told_apart
from llmstream.well_formed import well_formed_chunks

_MEDIA_TYPES = {
    "openai": "text/event-stream; charset=utf-8",
    "responses": "text/event-stream; charset=utf-8",
    "anthropic": "text/event-stream; charset=utf-8",
    "ollama": "application/x-ndjson",
}


@dataclass(frozen=True, slots=True)
class Wire:
    """One answer as it went over the wire."""

    name: str
    api: str
    body: bytes
    means: Mapping[str, Any]
    media_type: str

    def __str__(self) -> str:
        return self.name


def _read(path: Path) -> Wire:
    means, _, body = path.read_bytes().partition(b"\n")
    told = json.loads(means)
    api = path.name.partition("-")[0]
    return Wire(path.stem, api, body, told, told.pop("media_type", _MEDIA_TYPES[api]))


WIRES = [_read(path) for path in sorted((Path(__file__).parent / "wires").iterdir())]


@dataclass(slots=True)
class Came:
    """A response whose bytes have come in these pieces."""

    pieces: Sequence[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def stream(self) -> AsyncIterator[bytes]:
        return self._came()

    async def _came(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


async def heard_of(api: str, pieces: Sequence[bytes], media_type: str) -> list[Chunk | Failed]:
    """The chunks of an answer, and the failure that ends it."""
    newer = api == "responses"
    provider = connect(Settings("work", "openai", api=api) if newer else Settings("work", api))
    assert isinstance(provider, Remote)
    came: list[Chunk | Failed] = []
    response = Came(pieces, {"content-type": media_type})
    try:
        chunks = heard(response, provider.reader(), Request([]))
        async for chunk in told_apart(well_formed_chunks(chunks)):
            came += [chunk]
    except Failed as error:
        came.append(error)
    return came


def simplified(came: Sequence[Chunk | Failed]) -> dict[str, Any]:
    """What came, in the words of a wire's first line."""
    found: dict[str, Any] = {"text": "", "thought": "", "was": "", "calls": []}
    for chunk in came:
        match chunk:
            case Text(text):
                found["text"] += text
            case Reasoning(text):
                found["thought"] += text
            case WasReasoning():
                found["was"], found["text"] = found["text"], ""
            case ToolCall():
                found["calls"].append([chunk.name, chunk.arguments])
    match came[-1] if came else None:
        case Finish(reason):
            found["finish"] = reason
        case Failed() as error:
            failure = failure_of(error)
            assert failure
            found["failure"] = [failure.kind.name, failure.status, failure.message]
    return {key: value for key, value in found.items() if value}


def expected(wire: Wire) -> dict[str, Any]:
    """What is to come of it."""
    return dict(wire.means)
