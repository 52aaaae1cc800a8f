"""Hearing a server out: every piece in time, and no answer cut off because it is long.

The clients have no time limits of their own but the one to connect; those that count are here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .base import Request
from .failures import Failed, Failure, Kind, failure_said

T = TypeVar("T")

_WHOLE_ANSWER = 10  # idle time-outs: an answer that is not streamed comes late and all at once


def idle(request: Request) -> float | None:
    """Seconds that may pass without a piece; None is any number."""
    return request.idle_timeout or None


def for_all(request: Request) -> float | None:
    """Seconds that an answer may take which comes in one piece."""
    return request.idle_timeout * _WHOLE_ANSWER or None


@dataclass(frozen=True, slots=True)
class Within(Generic[T]):
    """The items of `stream`, each of which must come within `seconds`; else TimeoutError."""

    seconds: float | None
    stream: AsyncIterator[T]

    def __aiter__(self) -> Within[T]:
        return self

    async def __anext__(self) -> T:
        async with asyncio.timeout(self.seconds):
            return await anext(self.stream)


async def pieces(
    create: Callable[..., Awaitable[Any]], request: Request, *, at_once: bool
) -> AsyncGenerator[Mapping[str, Any], None]:
    """What a server sends, as plain dicts: the events of a stream, or the whole answer.

    Args:
        create: A request of the packages `openai` or `anthropic`, which are built alike.
        at_once: Ask for the whole answer.

    Raises:
        TimeoutError: A piece did not come in time.
        Failed: What came is not this API.
    """
    if at_once:
        async with asyncio.timeout(for_all(request)):
            whole = await create()
        yield _plain(whole)
        return
    async with asyncio.timeout(idle(request)):
        stream = await create(stream=True)
    async with stream:
        async with asyncio.timeout(for_all(request)):
            whole = await _sent_whole(stream.response)
        if whole is not None:
            yield _plain(whole)
            return
        async for event in Within(idle(request), aiter(stream)):
            yield _plain(event)


def model_ids(response: Any) -> list[str]:
    """The ids in a raw response that lists models; some servers send the list alone."""
    body = json.loads(response.http_response.text)
    if isinstance(body, Mapping) and body.get("error"):
        raise Failed(failure_said(body))
    models = body.get("data") or () if isinstance(body, Mapping) else body
    return [model["id"] for model in models if isinstance(model, Mapping) and "id" in model]


async def _sent_whole(response: Any) -> Any:
    """What a server that was asked to stream sent as JSON instead; None where it streams.

    Some servers do not stream, and LM Studio's errors come so, with status 200.
    """
    media_type = response.headers.get("content-type", "")
    if media_type.startswith("text/html"):
        raise Failed(Failure(Kind.GARBLED))
    if media_type.startswith("application/json"):
        return json.loads(await response.aread())
    return None


def _plain(piece: Any) -> Mapping[str, Any]:
    """As a dict: servers leave out what the packages' types promise."""
    plain = piece.to_dict(warnings=False) if hasattr(piece, "to_dict") else piece
    if not isinstance(plain, Mapping):
        raise Failed(Failure(Kind.GARBLED))
    return plain
