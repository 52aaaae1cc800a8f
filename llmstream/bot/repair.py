"""At the start: finish the messages that a crash has left half-written.

What was being written, and how far it had come, is `inflight.py`'s.
"""

from __future__ import annotations

from dataclasses import replace

from mautrix.errors import MForbidden, MNotFound

from ..matrix.outcome import SendError
from ..matrix.style import About, Style
from ..post import post
from .buttons import RETRY, AnswerButtons
from .continued import joined
from .parts import Parts
from .running import INTERRUPTED
from .store import Answer


async def repair(parts: Parts) -> None:
    """Finish what is left of before this instance started. What fails is logged."""
    store, before = parts.store, parts.started_at / 1000
    try:
        await store.usage.settle_interrupted(before)
        await store.forget_older_than(parts.configuration.current.retention_days)
        for left in await store.streams.left_over(before):
            await _finish(parts, left)
    except Exception:
        parts.log.exception("Half-written answers of before could not be finished")


async def _finish(parts: Parts, left: Answer) -> None:
    try:
        await _keep(parts, replace(left, parts=await _rewrite(parts, left)))
    except (SendError, MForbidden, MNotFound) as error:
        parts.log.warning(
            "The half-written answer in %s stays so, the room does not take it: %s",
            left.room_id,
            error,
        )
    except Exception:
        parts.log.exception("The half-written answer in %s could not be finished", left.room_id)
        return  # the next start tries again
    await parts.store.streams.remove(left.event_id)


async def _rewrite(parts: Parts, left: Answer) -> tuple[str, ...]:
    """Write the text that had come once more, and for the last time. Returns its messages."""
    settings = parts.configuration.current.for_room(left.room_id)
    posted = await post(
        parts.client,
        left.room_id,
        left.text,
        mention=left.asker,
        style=Style(notify=settings.notify, tables=settings.tables),
        about=About(left.provider, left.model),
        conclude=lambda document, error: INTERRUPTED,
        rewrite=left.parts,
        typing=False,
        budgets=parts.store.budgets,
    )
    if settings.buttons:
        await AnswerButtons(parts, left.room_id, left.event_id).show(RETRY)
    return posted.event_ids


async def _keep(parts: Parts, left: Answer) -> None:
    earlier = await parts.store.answers.by_question(left.room_id, left.question_id)
    if earlier and left.event_id not in earlier.parts:  # it went on in messages of its own
        left = joined(earlier, left)
    await parts.store.answers.save(left)
