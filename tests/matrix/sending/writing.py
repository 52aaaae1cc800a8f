"""Texts that are written through a scheduler, as an answer would be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import pairwise, repeat
from typing import Any

from llmstream.matrix.sending.budget import Learned
from llmstream.matrix.sending.lane import Lane
from llmstream.matrix.sending.scheduler import Scheduler
from tests.homeserver import Homeserver

SYNAPSE = Learned(rate=0.2, size=10.0, learned_at=float("inf"))
"""Its default, confirmed just now, whenever it is asked for."""

LONG = tuple(repeat(0.01, 3000))
"""Seconds between the tokens of a long answer: half a minute of it."""


class Remembered:
    """A store of learned limits that has one account's already."""

    def __init__(self, learned: Learned | None = None) -> None:
        self.learned = learned
        self.saves: list[Learned | None] = []

    async def load(self, account: str) -> Learned | None:
        return self.learned

    async def save(self, account: str, learned: Learned | None) -> None:
        self.learned = learned
        self.saves.append(learned)


class Text:
    """One message: words are added, and a lane shows them."""

    def __init__(self, scheduler: Scheduler, room_id: str = "!room:example.org", **options: Any):
        self.room_id = room_id
        self.words: list[str] = []
        self.painted: list[str] = []
        self.done_at: float | None = None
        self.written_at = 0.0
        self.lane: Lane = scheduler.open(room_id, self._paint, **options)

    @property
    def body(self) -> str:
        return " ".join(self.words)

    def add(self, word: str = "word") -> None:
        self.words.append(f"{word}{len(self.words)}")
        self.lane.touch()

    async def finish(self) -> None:
        self.written_at = asyncio.get_running_loop().time()
        await self.lane.finish()
        self.done_at = asyncio.get_running_loop().time()

    async def write(self, gaps: Iterable[float], *, start: float = 0.0) -> None:
        """Add a word after each gap, on a fixed clock, then finish."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(start)
        at = loop.time()
        for gap in gaps:
            at += gap
            await asyncio.sleep(at - loop.time())
            self.add()
        await self.finish()

    @property
    def delay(self) -> float:
        """Seconds from the last word to when the server had all."""
        assert self.done_at is not None
        return self.done_at - self.written_at

    def _paint(self, final: bool) -> dict[str, Any] | None:
        body = self.body + (" (end)" if final else "")
        if body in self.painted[-1:] and not final:
            return None
        self.painted.append(body)
        content = {"msgtype": "m.text", "body": body}
        if self.lane.event_id is None:
            return content
        relation = {"rel_type": "m.replace", "event_id": self.lane.event_id}
        return {"body": "* …", "m.new_content": content, "m.relates_to": relation}


def starts(homeserver: Homeserver, room_id: str) -> list[float]:
    """When the requests for a room's messages arrived."""
    return [attempt.at for attempt in homeserver.attempts if attempt.room_id == room_id]


def closest(times: Sequence[float]) -> float:
    """The shortest time between two neighbours."""
    return min((later - earlier for earlier, later in pairwise(times)), default=float("inf"))


def assert_delivered(homeserver: Homeserver, text: Text) -> None:
    """One message, one request at a time, the final last and whole."""
    (message,) = homeserver.messages(text.room_id)
    assert message.event_id == text.lane.event_id
    assert homeserver.shown(message.event_id) == f"{text.body} (end)"
    assert homeserver.most_at_once[text.room_id] == 1
    last = [event for event in homeserver.events if event.room_id == text.room_id][-1]
    body = last.content.get("m.new_content", last.content)["body"]
    assert body.endswith("(end)")
