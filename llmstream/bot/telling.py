"""What the bot itself has to say: a notice that rings nobody's phone, beside what it answers."""

from __future__ import annotations

from ..matrix.outcome import SendError
from ..matrix.style import Style
from ..post import post
from .parts import Parts

_QUIETLY = Style(notify="never")


async def tell(
    parts: Parts, room_id: str, markdown: str, *, reply_to: str = "", thread_root: str = ""
) -> None:
    """Say this in the room. Where the room takes nothing from us, it is only logged."""
    try:
        await post(
            parts.client,
            room_id,
            markdown,
            reply_to=reply_to,
            thread=thread_root,
            style=_QUIETLY,
            typing=False,
            budgets=parts.store.budgets,
        )
    except SendError as error:
        parts.log.info("Nothing can be said in %s: %s", room_id, error)
