"""At the start: finish the messages that a crash has left half-written, or without their end.

What was being written, and how far it had come, is `checkpoint.py`'s. Nothing that people have
read is taken away, and nothing is written over a message that is finished: the room is looked at
before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from mautrix.errors import MatrixError
from mautrix.types import RoomID

from ...document import Document
from ...matrix.content.inert import as_meant
from ...matrix.content.style import About, Ending, Status, Style
from ...matrix.reading.said import Said
from ...matrix.sending.outcome import Reason, SendError
from ...post import post
from ..instance import Instance
from ..room.timeline import Timeline
from ..store import Answer, Unfinished
from .answer_buttons import RETRY, AnswerButtons
from .running import INTERRUPTED

_ONE_AT_A_TIME = "repair"


async def repair(instance: Instance) -> None:
    """Finish what is left of before this instance started. What fails is logged."""
    store, before = instance.store, instance.started_at / 1000
    try:
        await store.usage.settle_interrupted(before)
        await store.forget_older_than(instance.configuration.current.retention_days)
        async with instance.running.turn(_ONE_AT_A_TIME):
            for left in await store.streams.left_over(before):
                await _finish(instance, left)
    except Exception:
        instance.log.exception("Half-written answers of before could not be finished")


async def repair_room(instance: Instance, room_id: str) -> None:
    """We are let into a room, perhaps again: finish what it would not take before."""
    async with instance.running.turn(_ONE_AT_A_TIME):
        for left in await instance.store.streams.in_room(room_id):
            if not instance.running.of_event(room_id, left.answer.event_id):
                await _finish(instance, left)


async def _finish(instance: Instance, left: Unfinished) -> None:
    room_id = left.answer.room_id
    try:
        await instance.client.set_typing(RoomID(room_id), timeout=0)  # it outlives its process
        await _keep(instance, await _finished(instance, left))
    except (SendError, MatrixError) as error:
        instance.log.warning("The half-written answer in %s stays so: %s", room_id, error)
        if not (isinstance(error, SendError) and error.refused.reason is Reason.GONE):
            return  # the next start tries again: we may be let in until then
    except Exception:
        instance.log.exception("The half-written answer in %s could not be finished", room_id)
        return
    await instance.store.streams.remove(left.answer.event_id)


async def _finished(instance: Instance, left: Unfinished) -> Answer:
    """The answer, once the room has its end."""
    shown = await Timeline(instance.client, left.answer.room_id).event(left.answer.event_ids[-1])
    if shown and shown.answer and "parts" in shown.answer:
        kept = await instance.store.answers.by_event(left.answer.room_id, left.answer.event_id)
        return kept or _as_shown(left, shown)
    return await _write(instance, _with_all_that_is_shown(left, shown))


def _as_shown(left: Unfinished, shown: Said) -> Answer:
    """What was kept of it, or what the room has where that is more."""
    answer, text = left.answer, as_meant(shown.text)
    if answer.status == INTERRUPTED.status and len(text) > len(answer.text):
        answer = replace(answer, text=text)
    status = str((shown.answer or {}).get("status", answer.status))
    return replace(answer, status=status)


def _with_all_that_is_shown(left: Unfinished, shown: Said | None) -> Unfinished:
    """The same, with what the room has been shown since it was saved last: a word or two."""
    document = left.document
    alone = document.text.strip() and not document.tasks and len(left.answer.event_ids) == 1
    text = as_meant(shown.text) if shown and shown.live else ""
    if not (alone and text.startswith(document.text)):
        return left
    return replace(left, document=Document.restored({**document.saved(), "text": text}))


async def _write(instance: Instance, left: Unfinished) -> Answer:
    """Write all that had come once more, and for the last time."""
    answer, configuration = left.answer, instance.configuration.current
    settings = configuration.for_room(answer.room_id)
    posted = await post(
        instance.client,
        answer.room_id,
        [],
        mention=answer.asker,
        style=Style(
            notify=settings.notify,
            reasoning=settings.reasoning,
            tables=settings.tables,
            single=True,
        ),
        about=About(
            answer.provider,
            answer.model,
            footer=settings.footer,
        ),
        conclude=lambda *_: _ending(left),
        document=left.document,
        rewrite=answer.event_ids,
        typing=False,
        elapsed=left.seconds,
        budgets=instance.store.budgets,
    )
    if settings.buttons:
        await AnswerButtons(instance, answer.room_id, answer.event_id).show(RETRY)
    return answer.as_posted(posted)


def _ending(left: Unfinished) -> Ending:
    if left.answer.status == INTERRUPTED.status:
        return INTERRUPTED
    return Ending(cast(Status, left.answer.status), left.note)


async def _keep(instance: Instance, answer: Answer) -> None:
    earlier = await instance.store.answers.by_question(answer.room_id, answer.question_id)
    if earlier and answer.event_id not in earlier.event_ids:  # it went on in messages of its own
        answer = earlier.continued_by(answer)
    await instance.store.answers.save(answer)
