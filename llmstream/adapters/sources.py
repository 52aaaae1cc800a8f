"""Every kind of stream, read item by item, and closed whichever way the reading ends.

Asynchronous or plain, an iterable or the context manager that a package's `stream()` hands out,
awaited or not yet. What the items mean is not known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
)
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    ExitStack,
    aclosing,
)
from inspect import isawaitable
from typing import Any, TypeAlias

from . import pydantic_ai
from .thread import OneThread

Stream: TypeAlias = (
    AsyncIterable[Any]
    | Iterable[Any]
    | Awaitable[Any]
    | AbstractAsyncContextManager[Any]
    | AbstractContextManager[Any]
)


class StreamFailed(Exception):
    """An event of the stream says that it has failed; the text is the event's own."""


def check(stream: Any) -> None:
    """Raises TypeError where this can be no stream."""
    single = isinstance(stream, Mapping | bytes | bytearray)
    if single or not (isinstance(stream, _KINDS) or pydantic_ai.is_run(stream)):
        raise TypeError(
            f"cannot post a {type(stream).__qualname__}: it is neither text, a stream nor a plan"
        )


async def items(stream: Stream) -> AsyncGenerator[Any, None]:
    """The items of a stream; closing them closes it.

    A plain iterable that may block is read in a thread of its own. Where it does block when they
    are closed, nobody waits: it is closed when it gives its next item.

    Raises:
        TypeError: It is no stream.
    """
    if isawaitable(stream):
        stream = await stream
    check(stream)
    return _source(stream)


def _source(stream: Any) -> AsyncGenerator[Any, None]:
    if isinstance(stream, AsyncIterable):
        return _asynchronous(stream)
    if pydantic_ai.is_run(stream):
        return _asynchronous(pydantic_ai.deltas(stream))
    if isinstance(stream, AbstractAsyncContextManager):
        return _entered(stream)
    return _at_hand(stream) if isinstance(stream, Collection) else _threaded(stream)


async def _asynchronous(stream: AsyncIterable[Any]) -> AsyncGenerator[Any, None]:
    iterator = aiter(stream)
    try:
        async for item in iterator:
            yield item
    finally:
        # End the request behind it now, not when it is collected.
        await _close(iterator)
        if iterator is not stream:
            await _close(stream)


async def _entered(manager: AbstractAsyncContextManager[Any]) -> AsyncGenerator[Any, None]:
    async with manager as stream, aclosing(await items(stream)) as source:
        async for item in source:
            yield item


async def _at_hand(collection: Collection[Any]) -> AsyncGenerator[Any, None]:
    for item in collection:
        yield item


async def _threaded(stream: Any) -> AsyncGenerator[Any, None]:
    loop, end = asyncio.get_running_loop(), object()
    thread, stack = OneThread("llmstream-stream"), ExitStack()
    try:
        iterator = await loop.run_in_executor(thread, _begin, stream, stack)
        while (item := await loop.run_in_executor(thread, next, iterator, end)) is not end:
            yield item
    finally:
        thread.submit(stack.close)
        thread.shutdown()


def _begin(stream: Any, stack: ExitStack) -> Iterator[Any]:
    """Enter what must be entered, and have the stack close what must be closed."""
    if not isinstance(stream, Iterable):
        stream = stack.enter_context(stream)
    iterator: Iterator[Any] = iter(stream)
    for closable in (stream, iterator):
        if close := getattr(closable, "close", None):
            stack.callback(close)
    return iterator


async def _close(stream: Any) -> None:
    """Generators and the packages' streams name it differently."""
    close: Callable[[], Any] | None = getattr(stream, "aclose", None) or getattr(
        stream, "close", None
    )
    if close is not None:
        closed = close()
        if isawaitable(closed):
            await closed


_KINDS = (
    AsyncIterable,
    Iterable,
    Awaitable,
    AbstractAsyncContextManager,
    AbstractContextManager,
)
