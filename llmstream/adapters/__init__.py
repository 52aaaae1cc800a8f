"""Whatever a plugin has in its hands becomes chunks: strings, our own values, Chat SDK's dicts,
and the event streams of the `openai`, `anthropic`, `ollama` and `pydantic-ai` packages as they
hand them out.

None of these packages is imported: an event is known by the package that its type comes from. What
has no place in a room (signatures, log probabilities, states) is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Collection, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any, TypeAlias, get_args

from ..chunks import Chunk, Text
from . import anthropic, chat_sdk, ollama, openai, pydantic_ai

Stream: TypeAlias = AsyncIterable[Any] | Iterable[Any] | AbstractAsyncContextManager[Any]

_OURS = get_args(Chunk)

_PACKAGES: dict[str, Callable[[Any], Iterator[Chunk]]] = {
    "openai": openai.chunks,
    "anthropic": anthropic.chunks,
    "ollama": ollama.chunks,
    "pydantic_ai": pydantic_ai.chunks,
}


async def chunks_of(stream: Stream) -> AsyncGenerator[Chunk, None]:
    """The chunks of any stream, in order. Closing this closes the stream.

    A plain iterable that may block (a generator, a synchronous client's stream) is read in a
    thread.

    Raises:
        TypeError: An item is nothing that we know.
    """
    async with aclosing(_items(stream)) as items:
        async for item in items:
            for chunk in to_chunks(item):
                yield chunk


def to_chunks(item: Any) -> Iterable[Chunk]:
    """The chunks that one item stands for: none, one or several."""
    if isinstance(item, str):
        return (Text(item),)
    if isinstance(item, _OURS):
        return (item,)
    if isinstance(item, dict):
        return chat_sdk.chunks(item)
    package = type(item).__module__.partition(".")[0]
    if package in _PACKAGES:
        return _PACKAGES[package](item)
    raise TypeError(f"cannot post a {type(item).__qualname__}: it is neither text nor a chunk")


async def _items(stream: Stream) -> AsyncGenerator[Any, None]:
    if isinstance(stream, AsyncIterable):
        try:
            async for item in stream:
                yield item
        finally:
            await _close(stream)
    elif isinstance(stream, AbstractAsyncContextManager):
        async with stream as entered:
            async for item in entered:
                yield item
    elif isinstance(stream, Collection):
        for item in stream:
            yield item
    else:
        iterator, end = iter(stream), object()
        while (item := await asyncio.to_thread(next, iterator, end)) is not end:
            yield item


async def _close(stream: AsyncIterable[Any]) -> None:
    """End the request behind the stream now, not when it is collected:

    generators and SDK streams differ.
    """
    close = getattr(stream, "aclose", None) or getattr(stream, "close", None)
    if close is not None:
        await close()
