"""`doctor`: which checks are made for whom, and how what they find comes into the room."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from ...chunks import Chunk, Text
from ...plan import StreamingPlan
from ..config import ConfigError
from .call import Call, Who
from .doctor.account_checks import account_checks
from .doctor.examination import examine
from .doctor.finding import Check
from .doctor.host_checks import host_checks
from .doctor.provider_checks import provider_checks
from .doctor.room_checks import room_checks


async def doctor(call: Call) -> StreamingPlan:
    """All of it, for admins; with `room`, what concerns this room, for those who set it."""
    wanted = call.arguments.lower()
    if wanted not in ("", "room"):
        raise ConfigError(
            [f"{call.form('doctor')} looks at all, {call.form('doctor room')} here."]
        )
    await call.require(Who.SETTERS if wanted else Who.ADMINS)
    checks = room_checks(call)
    if not wanted:
        checks = [*provider_checks(call), *account_checks(call), *checks, *host_checks(call)]
    return StreamingPlan(_one_at_a_time(call, checks), group_tasks="plan", placeholder="")


async def _one_at_a_time(call: Call, checks: list[Check]) -> AsyncGenerator[Chunk, None]:
    """Of several that wait, the newest alone looks: what it finds holds for all."""
    async with call.instance.running.turn("doctor") as newer:
        if newer:
            yield Text("🩺 Asked for once more since: what I find stands below.")
            return
        async for chunk in examine(checks):
            yield chunk
