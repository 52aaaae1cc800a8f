"""What the bot itself has to say: a notice that rings nobody's phone, beside what it answers."""

from __future__ import annotations

from ..matrix.content.style import Style
from ..matrix.sending.outcome import SendError
from ..plan import StreamingPlan
from ..post import post
from .instance import Instance
from .room.triggers import Question

_QUIETLY = Style(notify="never")

PAUSE = "I will not reply to more of this for half a minute."
"""What stands under a reply after which there is none for a while."""


async def tell(
    instance: Instance,
    room_id: str,
    said: str | StreamingPlan,
    *,
    reply_to: str = "",
    thread_root: str = "",
) -> bool:
    """Say this in the room, as Markdown or a stream of it.

    Where the room takes nothing from us, it is only logged, and False is returned.
    """
    try:
        await post(
            instance.client,
            room_id,
            said,
            reply_to=reply_to,
            thread=thread_root,
            style=_QUIETLY,
            typing=False,
            patient=True,
            budgets=instance.store.budgets,
            platforms=instance.configuration.current.platforms,
        )
    except SendError as error:
        instance.log.debug("Nothing can be said in %s: %s", room_id, error)
        return False
    return True


async def reply(instance: Instance, to: Question, markdown: str) -> None:
    """Say this to who asked, unless they and their room have heard enough of the kind."""
    left = instance.replies.left(to.sender, to.room_id)
    if left >= 0:
        text = markdown if left else f"{markdown}\n\n{PAUSE}"
        await tell(instance, to.room_id, text, reply_to=to.event_id, thread_root=to.thread_root)
