"""A room's events as the turns of a conversation: the way back from Matrix to a model.

`to_messages` is public. The bot's history (bot/room/history.py) makes its messages by the same
`as_messages`, having chosen and ordered what was said. Nothing is fetched here but by the caller's
`files`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from html import unescape
from typing import TypeAlias, TypeVar

from ...messages import Image, Message
from ..content.inert import as_meant
from .names import Names
from .raw import Event
from .said import File, Said, read_all

T = TypeVar("T")
_FOOTER = re.compile(r"<p><sub>([^<]+)</sub></p>\Z")

Transform: TypeAlias = Callable[[Message, Said], Message | Awaitable[Message | None] | None]
ReadFile: TypeAlias = Callable[[File], Awaitable[Image | str | None]]
Unsupported: TypeAlias = Callable[[Said], Awaitable[None] | None]


async def to_messages(
    events: Iterable[Event],
    *,
    me: str = "",
    include_names: bool = False,
    names: Mapping[str, str] | None = None,
    files: ReadFile | None = None,
    transform: Transform | None = None,
    on_unsupported: Unsupported | None = None,
) -> list[Message]:
    """The conversation in a room's events: a `Message` for each that says something, oldest first.

    The newest edit counts, if it is by the sender of what it edits. Left out is what is redacted,
    still being written (MSC4357) or still encrypted, and other people's notices, which are never
    to be answered. Turns of one role may follow each other: providers join them where they must.

    Args:
        events: In any order, as JSON from the server or as mautrix events.
        me: The user id whose messages are the assistant's. Without it those are the assistant's
            that llmstream has marked as answers.
        include_names: Put `[name]: ` before what people say, so that nobody can pass for another.
        names: Names by user id; who has none goes by the first part of their id.
        files: Reads a file into a picture, or into text to stand under the message; None if it is
            neither. Asked for the newest first, so that a bound on files keeps the newest.
        transform: Called with each message and with what it was made from, newest first. What it
            returns takes the message's place; None drops it.
        on_unsupported: Called with each message whose file was not read.
    """
    return await as_messages(
        read_all(events),
        me=me,
        names=(names or {}) if include_names else None,
        files=files,
        transform=transform,
        on_unsupported=on_unsupported,
    )


async def as_messages(
    said: Sequence[Said],
    *,
    me: str,
    names: Mapping[str, str] | None = None,
    files: ReadFile | None = None,
    transform: Transform | None = None,
    on_unsupported: Unsupported | None = None,
) -> list[Message]:
    """Messages of what was said, in the order given. No names where `names` is None.

    The other arguments are those of `to_messages`.
    """
    messages: list[Message] = []
    senders = {one.sender for one in said}
    speakers = None if names is None else await Names.of(senders, names, me)
    for one in reversed(said):
        is_mine = one.sender == me if me else one.answer is not None
        if one.live or (one.msgtype == "m.notice" and not is_mine):
            continue
        if is_mine:
            made = Message("assistant", without_footer(one))
        else:
            made = _by_person(one, await _read(one, files, on_unsupported), speakers)
        message = await _awaited(transform(made, one)) if transform else made
        if message is not None and (message.text.strip() or message.images):
            messages.append(message)
    return messages[::-1]


def without_footer(said: Said) -> str:
    """The text of an answer of ours without the small line under it, as view.py paints that."""
    text = as_meant(said.text)
    footer = _FOOTER.search(said.html) if said.answer is not None else None
    return text.removesuffix(unescape(footer[1])).rstrip() if footer else text


def _by_person(said: Said, file: Image | str | None, names: Names | None) -> Message:
    text = as_meant(said.text)
    if said.msgtype == "m.emote":
        text = f"* {text}"
    images = (file,) if isinstance(file, Image) else ()
    beneath = file if isinstance(file, str) else ""
    between = "\n\n" if text and beneath else ""
    if names is not None and (text or file):
        text = names.said_by(said.sender, text)
    return Message("user", text + between + beneath, images)


async def _read(
    said: Said, files: ReadFile | None, on_unsupported: Unsupported | None
) -> Image | str | None:
    if said.file is None:
        return None
    read = await files(said.file) if files else None
    if read is None and on_unsupported:
        await _awaited(on_unsupported(said))
    return read


async def _awaited(value: T | Awaitable[T]) -> T:
    return await value if inspect.isawaitable(value) else value
