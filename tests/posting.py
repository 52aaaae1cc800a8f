"""Streams to post in virtual time, and a look at what the room then saw."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from tests.homeserver import MARK, Homeserver, Stored

ROOM = "!room:example.org"
ALICE = "@alice:example.org"
LIVE = "org.matrix.msc4357.live"
ANSWER = "dev.llmstream.answer"


async def script(*steps: Any) -> AsyncIterator[Any]:
    """Yields what it is given; numbers are seconds to wait, exceptions are raised."""
    for step in steps:
        if isinstance(step, int | float):
            await asyncio.sleep(step)
        elif isinstance(step, BaseException):
            raise step
        else:
            yield step


async def words(count: int, delay: float = 0.02) -> AsyncIterator[str]:
    """So many words, one by one."""
    for number in range(count):
        yield f"word{number} "
        await asyncio.sleep(delay)


@dataclass(frozen=True)
class Frame:
    """One event of a message, as the room sees it."""

    at: float
    event: dict[str, Any]

    @property
    def content(self) -> dict[str, Any]:
        """What is shown: the new content of an edit."""
        content: dict[str, Any] = self.event.get("m.new_content", self.event)
        return content

    @property
    def body(self) -> str:
        """As a person reads it."""
        return str(self.content["body"]).removeprefix(MARK)

    @property
    def html(self) -> str:
        return str(self.content["formatted_body"]).replace(MARK, "", 1)


def frames(homeserver: Homeserver, number: int = 0) -> list[Frame]:
    """All events of the room's message of this number, first to last."""
    first = homeserver.messages(ROOM)[number]
    events: list[Stored] = [first, *homeserver.edits(first.event_id)]
    return [Frame(event.at, event.content) for event in events]
