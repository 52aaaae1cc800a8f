"""At the start: finish the messages that a crash has left half-written.

What was being written, and how far it had come, is `checkpoint.py`'s.
"""

from __future__ import annotations

from dataclasses import replace

from mautrix.errors import MForbidden, MNotFound

from ...matrix.content.style import About, Style
from ...matrix.sending.outcome import SendError
from ...post import post
from ..instance import Instance
from ..store import Answer
from .answer_buttons import RETRY, AnswerButtons
from .running import INTERRUPTED


async def repair(instance: Instance) -> None:
    """Finish what is left of before this instance started. What fails is logged."""
    store, before = instance.store, instance.started_at / 1000
    try:
        await store.usage.settle_interrupted(before)
        await store.forget_older_than(instance.configuration.current.retention_days)
        for left in await store.streams.left_over(before):
            await _finish(instance, left)
    except Exception:
        instance.log.exception("Answers that were interrupted earlier could not be finished")


async def _finish(instance: Instance, left: Answer) -> None:
    try:
        await _keep(instance, replace(left, event_ids=await _rewrite(instance, left)))
    except (SendError, MForbidden, MNotFound) as error:
        instance.log.warning(
            "The half-written answer in %s stays so, the room does not take it: %s",
            left.room_id,
            error,
        )
    except Exception:
        instance.log.exception("The half-written answer in %s could not be finished", left.room_id)
        return  # the next start tries again
    await instance.store.streams.remove(left.event_id)


async def _rewrite(instance: Instance, left: Answer) -> tuple[str, ...]:
    """Write the text that had come once more, and for the last time. Returns its messages."""
    settings = instance.configuration.current.for_room(left.room_id)
    posted = await post(
        instance.client,
        left.room_id,
        left.text,
        mention=left.asker,
        style=Style(notify=settings.notify, tables=settings.tables),
        about=About(left.provider, left.model),
        conclude=lambda *_: INTERRUPTED,
        rewrite=left.event_ids,
        typing=False,
        budgets=instance.store.budgets,
    )
    if settings.buttons:
        await AnswerButtons(instance, left.room_id, left.event_id).show(RETRY)
    return posted.event_ids


async def _keep(instance: Instance, left: Answer) -> None:
    earlier = await instance.store.answers.by_question(left.room_id, left.question_id)
    if earlier and left.event_id not in earlier.event_ids:  # it went on in messages of its own
        left = earlier.continued_by(left)
    await instance.store.answers.save(left)
