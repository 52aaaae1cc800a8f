"""Whatever a plugin has in its hands becomes chunks: strings, our own values, Chat SDK's dicts,
and the event streams of the `openai`, `anthropic`, `ollama` and `pydantic-ai` packages as they
hand them out.

None of these packages is imported: an event is known by the package that its type comes from. What
has no place in a room (signatures, log probabilities, states) is dropped.

- `openai`, `anthropic`, `ollama`, `pydantic_ai`, `chat_sdk`: what the events of each mean.
- `tool_tasks`: tool calls that others make, as tasks.
- `sources`: how a stream is read and closed; `thread`: where one may block.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from typing import Any, get_args

from ..chunks import Chunk, Text
from ..well_formed import well_formed_chunks
from . import anthropic, chat_sdk, ollama, openai, pydantic_ai
from .sources import Stream, StreamFailed, check, items

__all__ = ["Stream", "StreamFailed", "check", "chunks_of", "to_chunks"]

_OURS = get_args(Chunk)

_PACKAGES: dict[str, Callable[[Any], Iterator[Chunk]]] = {
    "openai": openai.chunks,
    "anthropic": anthropic.chunks,
    "ollama": ollama.chunks,
    "pydantic_ai": pydantic_ai.chunks,
}


def chunks_of(stream: Stream) -> AsyncGenerator[Chunk, None]:
    """The chunks of any stream, in order. Closing this closes the stream.

    Raises:
        TypeError: The stream, or an item of it, is nothing that we know.
        StreamFailed: The stream itself says that it has failed.
        Exception: What the stream raises.
    """
    return well_formed_chunks(_chunks(stream))


async def _chunks(stream: Stream) -> AsyncGenerator[Chunk, None]:
    async with aclosing(await items(stream)) as source:
        async for item in source:
            for chunk in to_chunks(item):
                yield chunk


def to_chunks(item: Any) -> Iterable[Chunk]:
    """The chunks that one item stands for: none, one or several.

    Raises:
        TypeError: It is nothing that we know.
        StreamFailed: It says that the stream has failed.
    """
    if isinstance(item, str):
        return (Text(item),)
    if isinstance(item, _OURS):
        return (item,)
    if isinstance(item, Mapping) and "type" in item:
        return chat_sdk.chunks(item)
    read = _PACKAGES.get(type(item).__module__.partition(".")[0])
    if read is None:
        raise _unknown(item)
    try:
        return list(read(item))
    except AttributeError as error:
        raise _unknown(item) from error


def _unknown(item: Any) -> TypeError:
    kind = type(item)
    return TypeError(
        f"cannot post a {kind.__module__}.{kind.__qualname__}: "
        "an item is a str, a chunk of llmstream, or an event of a package that it knows"
    )
