"""The limits on tokens and money, one by one: for whom each is, since when it counts, until when.

Pure. What was used stands in the database (store/ledger.py); limits.py refuses what is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from ...matrix.content.style import dollars
from ..config import Limits
from ..store import Total, day_of, month_of
from ..store.times import next_month_of

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """One limit, for one person or one room.

    Args:
        key: Its name under `limits:`.
        most: How much, in tokens or in US dollars.
        since, until: When the day or the month began, and ends; unix time.
    """

    key: str
    most: Decimal
    since: float
    until: float
    person: str = ""
    room_id: str = ""

    @property
    def is_money(self) -> bool:
        return self.key.startswith("cost")

    @property
    def is_monthly(self) -> bool:
        return self.key.endswith("month")

    @property
    def who_has(self) -> str:
        """The beginning of a sentence to whoever asks."""
        return "You have" if self.person else "This room has"

    @property
    def period(self) -> str:
        return "this month" if self.is_monthly else "today"

    @property
    def again(self) -> str:
        """When it counts anew: "after midnight UTC"."""
        if not self.is_monthly:
            return "after midnight UTC"
        return f"on {datetime.fromtimestamp(self.until, UTC):%-d %B} (UTC)"

    def of(self, total: Total) -> Decimal:
        """What of it these have used."""
        return total.cost if self.is_money else Decimal(total.tokens)

    def written(self, amount: Decimal) -> str:
        """An amount of it: "$2.00", "10,000 tokens"."""
        return dollars(amount) if self.is_money else f"{amount:,.0f} tokens"

    def left(self, used: Decimal) -> str:
        """How much is left: "$1.20 of $2.00", "400 of 1,000 tokens"."""
        left, most = max(Decimal(0), self.most - used), self.written(self.most)
        return f"{dollars(left) if self.is_money else f'{left:,.0f}'} of {most}"


def allowances(limits: Limits, person: str, room_id: str, now: float) -> list[Allowance]:
    """Those limits that are set, for this person in this room."""
    day, month = (day_of(now), day_of(now) + DAY), (month_of(now), next_month_of(now))
    rows: tuple[tuple[str, tuple[float, float], str, str], ...] = (
        ("tokens_per_user_per_day", day, person, ""),
        ("tokens_per_room_per_day", day, "", room_id),
        ("cost_per_user_per_day", day, person, ""),
        ("cost_per_room_per_month", month, "", room_id),
    )
    return [
        Allowance(key, Decimal(most), *span, person, room_id)
        for key, span, person, room_id in rows
        if (most := getattr(limits, key))
    ]
