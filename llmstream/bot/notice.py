"""What the bot itself has to say: a notice that rings nobody's phone, beside what it answers."""

from __future__ import annotations

from ..matrix.content.style import Style
from ..matrix.sending.outcome import SendError
from ..post import post
from .instance import Instance

_QUIETLY = Style(notify="never")


async def tell(
    instance: Instance, room_id: str, markdown: str, *, reply_to: str = "", thread_root: str = ""
) -> None:
    """Say this in the room. Where the room takes nothing from us, it is only logged."""
    try:
        await post(
            instance.client,
            room_id,
            markdown,
            reply_to=reply_to,
            thread=thread_root,
            style=_QUIETLY,
            typing=False,
            budgets=instance.store.budgets,
        )
    except SendError as error:
        instance.log.info("Nothing can be said in %s: %s", room_id, error)
