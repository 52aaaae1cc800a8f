"""How much people may ask: answers in an hour, tokens in a day, and how often they hear from us
besides. Who may at all is access.py's.

What is used is counted in the database (store/ledger.py). A question is counted when it is
admitted, with an estimate, so that many at once cannot pass what is left for one.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from ...chunks import Usage as Tokens
from ..config import Limits, ProviderSettings
from ..store import Spending, Usage, day_of
from ..store.writing import noted

log = logging.getLogger(__name__)

HOUR = 3600.0
DAY = 86400.0
ANSWER_TOKENS = 1000
"""What an answer is taken to need while it is written and has no `max_tokens`."""

_Write: TypeAlias = Callable[[str, int, int, float], Coroutine[Any, Any, None]]


class Refusal(Exception):
    """A limit is reached. The text tells the asker which, and when to ask again."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks whom, and how much. `prompt_tokens` is an estimate of all that is sent."""

    person: str
    room_id: str
    provider: ProviderSettings
    model: str
    prompt_tokens: int
    max_tokens: int = 0


class Admission:
    """A question that may be asked, and what it has used so far.

    Every request to a model counts from the moment at which it is sent, whatever becomes of it.
    Where none was sent, or a server refused them all, the question costs nothing.
    """

    def __init__(self, expected: Spending, provider: ProviderSettings, usage: Usage) -> None:
        self._expected = expected
        self._provider = provider
        self._usage = usage
        self._used: Tokens | None = None

    async def sends(self, prompt_tokens: int) -> None:
        """A request with so many tokens, estimated, goes to the model now."""
        expected = Tokens(prompt_tokens, self._expected.output_tokens)
        await self._write(self._usage.expect, (self._used or Tokens()) + expected)

    def used(self, tokens: Tokens) -> None:
        """It has used so many."""
        self._used = (self._used or Tokens()) + tokens

    async def close(self) -> None:
        """No more requests: count what was used."""
        if self._used is None:
            await noted(partial(self._usage.release, self._expected.id))
        else:
            await self._write(self._usage.settle, self._used)

    async def _write(self, write: _Write, tokens: Tokens) -> None:
        cost = tokens.cost(self._provider.price_in, self._provider.price_out)
        used = tokens.input or 0, tokens.output or 0, cost or 0.0
        await noted(partial(write, self._expected.id, *used))


class Replies:
    """How many replies besides answers a person gets in a room, and the room: so many at once,
    then one now and again. Remembers the newest thousands, not all.
    """

    AT_ONCE, EVERY = 10, 6.0
    """Of one person: replies, and seconds until the next. A room has three times as many."""
    PEOPLE = 3
    REMEMBERED = 5000

    def __init__(self) -> None:
        self._used: OrderedDict[tuple[str, ...], tuple[float, float]] = OrderedDict()

    def left(self, person: str, room_id: str) -> int:
        """Take one; returns how many are left after it. Below 0 nothing may be said."""
        now = asyncio.get_running_loop().time()
        each = {(room_id, person): 1, (room_id,): self.PEOPLE}
        left = min(self._left(key, share, now) for key, share in each.items())
        if left >= 1:
            for key, share in each.items():
                taken = share * self.AT_ONCE - self._left(key, share, now) + 1
                self._used[key] = (taken, now)
                self._used.move_to_end(key)
        while len(self._used) > self.REMEMBERED:
            self._used.popitem(last=False)
        return math.floor(left) - 1

    def _left(self, key: tuple[str, ...], share: int, now: float) -> float:
        taken, at = self._used.get(key, (0.0, now))
        return share * self.AT_ONCE - max(0.0, taken - share * (now - at) / self.EVERY)


class Gate:
    """Where questions are counted and admitted. The one for its database: its lock is in here."""

    def __init__(self, usage: Usage) -> None:
        self._usage = usage
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def admit(self, limits: Limits, asking: Asking) -> AsyncIterator[Admission]:
        """Count a question from now on, and in the end as what it has used.

        A database that fails costs no answer, but for those who have a limit.

        Raises:
            Refusal: before anything is counted.
        """
        expected = Spending(
            id=uuid.uuid4().hex,
            room_id=asking.room_id,
            person=asking.person,
            provider=asking.provider.name,
            model=asking.model,
            input_tokens=asking.prompt_tokens,
            output_tokens=asking.max_tokens or ANSWER_TOKENS,
            at=time.time(),
        )
        admission = Admission(expected, asking.provider, self._usage)
        try:
            await self._count(limits, expected)
            yield admission
        finally:
            await admission.close()

    async def _count(self, limits: Limits, expected: Spending) -> None:
        try:
            async with self._lock:
                await self._check(limits, expected)
                await self._usage.reserve(expected)
        except Refusal:
            raise
        except Exception as error:
            log.exception("A question could not be counted")
            if _limit(limits):
                raise Refusal(
                    "My database does not answer, so that I cannot say what is left of the limits "
                    "here. Try again in a few minutes."
                ) from error

    async def _check(self, limits: Limits, expected: Spending) -> None:
        if limits.answers_per_user_per_hour:
            asked = await self._usage.times(expected.at - HOUR, expected.person)
            _check_hour(asked, limits.answers_per_user_per_hour, expected.at)
        if limits.tokens_per_user_per_day:
            await self._check_day(
                limits.tokens_per_user_per_day, expected, "You have", person=expected.person
            )
        if limits.tokens_per_room_per_day:
            await self._check_day(
                limits.tokens_per_room_per_day, expected, "This room has", room_id=expected.room_id
            )

    async def _check_day(
        self, most: int, expected: Spending, who: str, *, person: str = "", room_id: str = ""
    ) -> None:
        """Refuse what is over, and what may be over with the answers that are being written.

        One answer alone may pass what is left: how long it gets is known only afterwards.
        """
        used = await self._usage.total(day_of(expected.at), person=person, room_id=room_id)
        if used.tokens >= most and not used.unsettled:
            again = duration(day_of(expected.at) + DAY - expected.at)
            raise Refusal(
                f"{who} used the {most:,} tokens of today; "
                f"the next question is possible after midnight UTC, in {again}."
            )
        if used.unsettled and used.tokens + expected.input_tokens + expected.output_tokens > most:
            raise Refusal(
                f"{who} {most:,} tokens a day, and the answers being written may need what is "
                "left of them; ask again when they are done."
            )


def _limit(limits: Limits) -> bool:
    """Whether there is any that is counted in the database."""
    return bool(
        limits.answers_per_user_per_hour
        or limits.tokens_per_user_per_day
        or limits.tokens_per_room_per_day
    )


def _check_hour(asked: list[float], most: int, now: float) -> None:
    if len(asked) < most:
        return
    again = duration(asked[-most] + HOUR - now)
    times = "once" if len(asked) == 1 else f"{len(asked)} times"
    raise Refusal(f"You have asked {times} in the last hour; the next is possible in {again}.")


def duration(seconds: float) -> str:
    """About how long that is, in words."""
    if seconds < 60:
        return f"{math.ceil(seconds)} second{'s' if seconds > 1 else ''}"
    minutes = max(1, math.ceil(seconds / 60))
    if minutes < 120:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    return f"{math.ceil(minutes / 60)} hours"
