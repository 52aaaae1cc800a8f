"""How much people may ask: answers in an hour, tokens and money in a day or a month, and how often
they hear from us besides. Who may at all is access.py's.

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
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias

from ...chunks import Usage as Tokens
from ...providers.prices import Prices, prices_of
from ..config import Limits, ProviderSettings
from ..store import Spending, Total, Usage
from ..store.writing import noted
from .allowances import Allowance, allowances

log = logging.getLogger(__name__)

HOUR = 3600.0
_HOURS = 48  # so many are not yet told in days
ANSWER_TOKENS = 1000
"""What an answer is taken to need while it is written and has no `max_tokens`."""

_Write: TypeAlias = Callable[[str, int, int, Decimal], Coroutine[Any, Any, None]]


class Refusal(Exception):
    """A limit is reached. The text tells the asker which, and when to ask again."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks whom, and how much. `prompt_tokens` is an estimate of all that is sent. What an
    earlier process has asked under the same `id` is the same question.
    """

    person: str
    room_id: str
    provider: ProviderSettings
    model: str
    prompt_tokens: int
    max_tokens: int = 0
    id: str = ""


class Admission:
    """A question that may be asked, and what it has used so far.

    Every request to a model counts from the moment at which it is sent, whatever becomes of it.
    Where none was sent, or a server refused them all, the question costs nothing.

    Attributes:
        before: What it had used in an earlier process; None where this is its first.
        is_counted: It has a row, and what stood in that is known. Without, nothing is written.
    """

    def __init__(
        self,
        expected: Spending,
        prices: Prices,
        usage: Usage,
        on_settled: Callable[[Spending], None],
    ) -> None:
        self._expected = expected
        self._prices = prices
        self._usage = usage
        self._on_settled = on_settled
        self._used: Tokens | None = None
        self.before: Tokens | None = None
        self.is_counted = False

    def priced(self, tokens: Tokens) -> Tokens:
        """The same with what they cost, where that is known."""
        return self._prices.priced(tokens)

    async def sends(self, prompt_tokens: int) -> None:
        """A request with so many tokens, estimated, goes to the model now."""
        expected = self.priced(Tokens(prompt_tokens, self._expected.output_tokens))
        await self._write(self._usage.expect, (self._used or Tokens()) + expected)

    def used(self, tokens: Tokens) -> None:
        """It has used so many."""
        self._used = (self._used or Tokens()) + self.priced(tokens)

    async def close(self) -> None:
        """No more requests: count what was used."""
        if self._used:
            self._on_settled(self._settled(self._used))
        if self._used or self.before:
            await self._write(self._usage.settle, self._used or Tokens())
        elif self.is_counted:
            await noted(partial(self._usage.release, self._expected.id))

    def _settled(self, used: Tokens) -> Spending:
        return replace(
            self._expected,
            input_tokens=used.input or 0,
            output_tokens=used.output or 0,
            cost=used.charged or Decimal(0),
        )

    async def _write(self, write: _Write, tokens: Tokens) -> None:
        if not self.is_counted:
            return
        tokens = (self.before or Tokens()) + tokens
        used = tokens.input or 0, tokens.output or 0, tokens.charged or Decimal(0)
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
    """Where questions are counted and admitted. The one for its database: its lock is in here.

    Args:
        on_settled: Hears what a question has used, once no more comes.
    """

    def __init__(
        self, usage: Usage, on_settled: Callable[[Spending], None] = lambda _: None
    ) -> None:
        self._usage = usage
        self._on_settled = on_settled
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def admit(self, limits: Limits, asking: Asking) -> AsyncIterator[Admission]:
        """Count a question from now on, and in the end as what it has used.

        A database that fails costs no answer, but for those who have a limit.

        Raises:
            Refusal: before anything is counted.
        """
        prices = await prices_of(asking.provider, asking.model)
        most = asking.max_tokens or ANSWER_TOKENS
        cost = prices.priced(Tokens(asking.prompt_tokens, most)).charged
        expected = Spending(
            id=asking.id or uuid.uuid4().hex,
            room_id=asking.room_id,
            person=asking.person,
            provider=asking.provider.name,
            model=asking.model,
            input_tokens=asking.prompt_tokens,
            output_tokens=most,
            at=time.time(),
            cost=cost or Decimal(0),
        )
        admission = Admission(expected, prices, self._usage, self._on_settled)
        try:
            await self._count(limits, expected, admission)
            yield admission
        finally:
            await admission.close()

    async def _count(self, limits: Limits, expected: Spending, admission: Admission) -> None:
        try:
            async with self._lock:
                await self._check(limits, expected)
                admission.before = await self._usage.used(expected.id)
                admission.is_counted = True  # perhaps, where that is cut short
                await self._usage.reserve(expected)
        except Refusal:
            raise
        except Exception as error:
            log.exception("A question could not be counted")
            if _is_counted(limits):
                raise Refusal(
                    "My database does not answer, so that I cannot say what is left of the limits "
                    "here. Try again in a few minutes."
                ) from error

    async def _check(self, limits: Limits, expected: Spending) -> None:
        if limits.answers_per_user_per_hour:
            asked = await self._usage.times(expected.at - HOUR, expected.person, expected.id)
            _check_hour(asked, limits.answers_per_user_per_hour, expected.at)
        person, room_id = expected.person, expected.room_id
        for allowance in allowances(limits, person, room_id, expected.at):
            await self._check_allowance(allowance, expected)

    async def _check_allowance(self, allowance: Allowance, expected: Spending) -> None:
        """Refuse what is over, and what may be over with the answers that are being written.

        One answer alone may pass what is left: how long it gets is known only afterwards.
        """
        total = await self._usage.total(
            allowance.since, person=allowance.person, room_id=allowance.room_id
        )
        used, most = allowance.of(total), allowance.written(allowance.most)
        if used >= allowance.most and not total.unsettled:
            of = "of this month" if allowance.is_monthly else "of today"
            raise Refusal(
                f"{allowance.who_has} used the {most} {of}; the next question is possible "
                f"{allowance.again}, in {duration(allowance.until - expected.at)}."
            )
        alone = Total(1, 1, expected.input_tokens, expected.output_tokens, expected.cost)
        if total.unsettled and used + allowance.of(alone) > allowance.most:
            each = "a month" if allowance.is_monthly else "a day"
            raise Refusal(
                f"{allowance.who_has} {most} {each}, and the answers being written may need what "
                "is left of them; ask again when they are done."
            )


def _is_counted(limits: Limits) -> bool:
    """Whether there is a limit on what is counted in the database."""
    return bool(limits.answers_per_user_per_hour or allowances(limits, "", "", 0.0))


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
    hours = math.ceil(minutes / 60)
    return f"{hours} hours" if hours <= _HOURS else f"{math.ceil(hours / 24)} days"
