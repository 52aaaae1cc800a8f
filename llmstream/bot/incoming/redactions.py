"""Messages that are taken back: with a question goes its answer."""

from __future__ import annotations

from collections.abc import Iterable

from ...matrix.sending.outcome import SendError
from ..instance import Instance


async def redacted(instance: Instance, room_id: str, event_id: str) -> None:
    """A message is gone: with a question goes its answer, and an answer of ours is forgotten."""
    removed: list[str] = []
    for writing in instance.running.of_question(room_id, event_id):
        await writing.stopped()
        removed += writing.event_ids
    if ours := instance.running.of_event(room_id, event_id):
        await ours.stopped()
    answers = instance.store.answers
    if answer := await answers.by_question(room_id, event_id):
        removed += answer.event_ids
        await answers.delete(answer.event_id)
    elif answer := await answers.by_event(room_id, event_id):
        await answers.delete(answer.event_id)
    await _remove(instance, room_id, dict.fromkeys(removed))


async def _remove(instance: Instance, room_id: str, event_ids: Iterable[str]) -> None:
    try:
        for event_id in event_ids:
            await instance.scheduler.redact(room_id, event_id, "The question was removed")
    except SendError as error:
        instance.log.debug("An answer in %s cannot be removed: %s", room_id, error)
