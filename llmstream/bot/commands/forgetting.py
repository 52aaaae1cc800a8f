"""`forget`: what was learned of the homeserver's rate limit, which somebody has lifted since.

That is seen in any case within an hour, at the next answers (matrix/sending/budget.py). What was
said in a room is forgotten by `reset`.
"""

from __future__ import annotations

from ..config import ConfigError
from .call import Call


async def forget(call: Call) -> str:
    """Let the account send as if it had never met a limit."""
    if call.arguments.lower() != "limit":
        raise ConfigError(
            [
                f"{call.form('forget limit')} forgets the homeserver's rate limit; "
                f"{call.form('reset')} forgets what was said here."
            ]
        )
    before = await call.instance.scheduler.forget_limit()
    if before.rate is None or before.size is None:
        return "No rate limit of the homeserver is known: there was nothing to forget."
    return (
        f"Forgotten: about {before.rate * 60:.3g} events a minute, {before.size:.0f} at once. "
        "If the homeserver still holds to that, the next answers find it out."
    )
