"""What was used: by the person, in the room, and for admins by all."""

from __future__ import annotations

import time

from ...matrix.content.style import dollars
from ..phrases import count, listed
from ..store import Total, day_of, month_of
from .call import Call, Who


async def usage(call: Call) -> str:
    """Sums of today and of this month; with `all`, of everybody in all rooms too."""
    whom = {"You": {"person": call.person}, "This room": {"room_id": call.room_id}}
    if call.arguments.lower() == "all":
        await call.require(Who.ADMINS)
        whom["Everybody"] = {}
    now = time.time()
    said = []
    for title, since in (("Today", day_of(now)), ("This month", month_of(now))):
        sums = {
            who: await call.instance.store.usage.total(since, **of) for who, of in whom.items()
        }
        said.append(f"**{title}**\n\n{listed(f'{who}: {_sum(sums[who])}' for who in sums)}")
    return "\n\n".join([*said, "Days and months begin at midnight UTC."])


def _sum(total: Total) -> str:
    if not total.answers:
        return "nothing"
    cost = [dollars(total.cost)] if total.cost else []
    tokens = f"{total.input_tokens:,} → {total.output_tokens:,} tokens"
    return " · ".join([count(total.answers, "answer"), tokens, *cost])
