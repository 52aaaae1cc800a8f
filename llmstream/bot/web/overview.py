"""What is to be seen of an instance, as values: what it does now, and sums of the last weeks.

Sums are read from the database at most once in a few seconds, however many are looking. No text of
people or models is in here: a setting that is a text is told by its length.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...matrix.sending.account import Counters
from ..answering.running import RunningAnswer
from ..instance import Instance
from ..room.token_estimate import estimate_tokens
from ..store import Day, Failure, Latencies, RoomSum, day_of
from ..tally import FIRST_WORD, WHOLE
from .room_names import RoomNames

DAYS = 30
ROOMS = 100
"""So many rooms are shown, those that use most first."""
_WRITING = 50
_FAILURES = 10
_LATENCY_DAYS = 7
_FRESH = 5.0  # seconds
_SAMPLE = 4000  # characters of a running answer whose tokens are estimated
_USUAL = 500  # tokens: a bar has at least so much room
_TEXTS = frozenset({"system_prompt", "placeholder"})
_LONGEST = 60  # characters of a setting


@dataclass(frozen=True, slots=True)
class Writing:
    """An answer that is being written, or waits for its turn. `tokens` is an estimate.

    `share` of its bar is full: of `max_tokens`, or of the longest of those that are written now.
    """

    room_id: str
    provider: str
    model: str
    tokens: int
    seconds: float
    share: float
    waiting: bool


@dataclass(frozen=True, slots=True)
class Room:
    """A room, what was used in it in `DAYS`, and its own settings."""

    room_id: str
    used: RoomSum
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sums:
    """What the database says, as it was at `at`."""

    at: float = 0.0
    days: tuple[Day, ...] = ()
    rooms: tuple[RoomSum, ...] = ()
    first_words: tuple[Latencies, ...] = ()
    durations: tuple[Latencies, ...] = ()
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it. Times are unix times."""

    bot: str
    at: float
    since: float
    writing: tuple[Writing, ...]
    waiting: int
    counters: Counters
    sums: Sums
    rooms: tuple[Room, ...]
    names: Mapping[str, str]
    problems: tuple[str, ...]

    @property
    def today(self) -> tuple[Day, ...]:
        """What was used since midnight UTC."""
        return tuple(day for day in self.sums.days if day.at >= day_of(self.at))


@dataclass
class Observer:
    """Looks at one instance."""

    instance: Instance
    names: RoomNames
    _sums: Sums = field(default_factory=Sums)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def overview(self) -> Overview:
        """How things stand."""
        instance, sums = self.instance, await self._fresh()
        configuration = instance.configuration
        running = sorted(instance.running, key=lambda one: (one.waiting, one.asked_at))
        rooms = _rooms(sums.rooms, configuration.current.rooms)
        shown = [*(room.room_id for room in rooms), *(one.room_id for one in sums.failures)]
        asked = [one.question.room_id for one in running[:_WRITING]]
        return Overview(
            bot=str(instance.client.mxid),
            at=time.time(),
            since=instance.started_at / 1000,
            writing=_writing(running),
            waiting=sum(one.waiting for one in running),
            counters=instance.scheduler.counters,
            sums=sums,
            rooms=rooms,
            names=await self.names.of([*asked, *shown]),
            problems=(*(configuration.problem or "").splitlines(), *instance.servers.mistakes),
        )

    async def _fresh(self) -> Sums:
        async with self._reading:
            now = time.time()
            if not 0 <= now - self._sums.at < _FRESH:
                self._sums = await self._read(now)
            return self._sums

    async def _read(self, now: float) -> Sums:
        statistics, month = self.instance.store.statistics, day_of(now) - (DAYS - 1) * 86400
        week = now - _LATENCY_DAYS * 86400
        return Sums(
            at=now,
            days=tuple(await statistics.days(month)),
            rooms=tuple(await statistics.rooms(month, ROOMS)),
            first_words=tuple(await statistics.first_words(week, FIRST_WORD)),
            durations=tuple(await statistics.durations(week, WHOLE)),
            failures=tuple(await statistics.failures(week, _FAILURES)),
        )


def _writing(running: list[RunningAnswer]) -> tuple[Writing, ...]:
    now, shown = time.time(), running[:_WRITING]
    tokens = [_tokens(one) for one in shown]
    longest = max([_USUAL, *tokens])
    return tuple(
        Writing(
            room_id=one.question.room_id,
            provider=one.settings.provider,
            model=_model(one),
            tokens=count,
            seconds=max(0.0, now - one.asked_at),
            share=min(1.0, count / (one.settings.max_tokens or longest)),
            waiting=one.waiting,
        )
        for one, count in zip(shown, tokens, strict=True)
    )


def _tokens(one: RunningAnswer) -> int:
    document = one.document
    if document.usage.output is not None or not document.length:
        return document.usage.output or 0
    sample = document.text[:_SAMPLE]
    return round(estimate_tokens(sample) * document.length / len(sample))


def _model(one: RunningAnswer) -> str:
    provider = one.configuration.providers.get(one.settings.provider)
    return one.settings.model or (provider.model if provider else "")


def _rooms(used: tuple[RoomSum, ...], own: Mapping[str, Mapping[str, Any]]) -> tuple[Room, ...]:
    """Those that used most first, then those that have settings alone."""
    sums = {one.room_id: one for one in used}
    with_settings = (room_id for room_id in own if room_id not in sums)
    return tuple(
        Room(
            room_id,
            sums.get(room_id) or RoomSum(room_id, 0, 0, 0),
            {key: _shown(key, value) for key, value in own.get(room_id, {}).items()},
        )
        for room_id in [*sums, *with_settings][:ROOMS]
    )


def _shown(key: str, value: Any) -> str:
    """A setting as the page shows it."""
    if key in _TEXTS:
        return f"{len(value):,} characters"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    text = " ".join(text.split()) or "''"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
