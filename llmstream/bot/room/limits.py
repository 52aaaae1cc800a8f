"""How much people may ask: answers in an hour, tokens in a day. Who may at all is access.py's.

What is used is counted in the database (store/ledger.py). A question is counted when it is
admitted, with an estimate, so that many at once cannot pass what is left for one.
"""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ...chunks import Usage as Tokens
from ..config import Limits, ProviderSettings
from ..store import Spending, Usage, day_of
from .token_estimate import estimate_tokens

HOUR = 3600.0
DAY = 86400.0
ANSWER_TOKENS = 1000
"""What an answer is taken to need while it is written and has no `max_tokens`."""


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
    """A question that may be asked. Not settled, it costs nothing: the model was not asked."""

    def __init__(self, id: str, asking: Asking, usage: Usage) -> None:
        self._id = id
        self._asking = asking
        self._usage = usage

    async def settle(self, tokens: Tokens, text: str) -> None:
        """Count what was used: what the provider reports, or where it says nothing, an estimate.

        `text` is all that the model wrote. To be called however the answer ended.
        """
        asking = self._asking
        used = Tokens(
            input=asking.prompt_tokens if tokens.input is None else tokens.input,
            output=estimate_tokens(text) if tokens.output is None else tokens.output,
        )
        price = used.cost(asking.provider.price_in, asking.provider.price_out)
        await self._usage.settle(self._id, used.input or 0, used.output or 0, price or 0.0)


class Gate:
    """Where questions are counted and admitted. The one for its database: its lock is in here."""

    def __init__(self, usage: Usage) -> None:
        self._usage = usage
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def admit(self, limits: Limits, asking: Asking) -> AsyncIterator[Admission]:
        """Count a question for as long as it is being answered, and then as it was settled.

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
        try:
            async with self._lock:
                await self._check(limits, expected)
                await self._usage.reserve(expected)
            yield Admission(expected.id, asking, self._usage)
        finally:
            await self._usage.release(expected.id)

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
            again = _duration(day_of(expected.at) + DAY - expected.at)
            raise Refusal(
                f"{who} used the {most:,} tokens of today; "
                f"the next question is possible after midnight UTC, in {again}."
            )
        if used.unsettled and used.tokens + expected.input_tokens + expected.output_tokens > most:
            raise Refusal(
                f"{who} {most:,} tokens a day, and the answers being written may need what is "
                "left of them; ask again when they are done."
            )


def _check_hour(asked: list[float], most: int, now: float) -> None:
    if len(asked) < most:
        return
    again = _duration(asked[-most] + HOUR - now)
    times = "once" if len(asked) == 1 else f"{len(asked)} times"
    raise Refusal(f"You have asked {times} in the last hour; the next is possible in {again}.")


def _duration(seconds: float) -> str:
    minutes = max(1, math.ceil(seconds / 60))
    if minutes < 120:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    return f"{math.ceil(minutes / 60)} hours"
