"""What the server needs to know of an API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from .reply import Call, Reply

Body = Mapping[str, Any]
Refusal = tuple[int, Body]
"""A status and a body, as the real servers refuse a feature."""


class Wire(Protocol):
    """One API. Bytes are what goes over the line at once."""

    prefix: str
    asks: str
    """The path of a question, below the prefix; `models` is the path of the list."""
    models: str
    media_type: str
    garbage: bytes

    def streams(self, body: Body) -> bool:
        """Whether this question wants its answer in pieces."""

    def refusal(self, feature: str, body: Body) -> Refusal | None:
        """How it refuses a question that uses this feature; None where it does not use it."""

    def opening(self, body: Body, reply: Reply) -> Iterator[bytes]: ...

    def thought(self, text: str) -> Iterator[bytes]: ...

    def token(self, text: str) -> Iterator[bytes]: ...

    def call(self, index: int, call: Call) -> Iterator[bytes]: ...

    def closing(self, body: Body, reply: Reply) -> Iterator[bytes]: ...

    def error(self, message: str) -> bytes: ...

    def whole(self, body: Body, reply: Reply) -> Body: ...

    def model_list(self, names: Iterable[str]) -> Body: ...


def sse(data: Any, event: str = "") -> bytes:
    """One server-sent event."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(data)}\n\n".encode()
