"""Messages that are taken back: with a question goes its answer, however far that has come."""

from __future__ import annotations

from collections.abc import Iterable

from ...matrix.sending.outcome import SendError
from ..answering.repair import settled_now
from ..instance import Instance
from ..store import Answer
from ..store.writing import sought


async def redacted(instance: Instance, room_id: str, event_id: str) -> None:
    """A message is gone: with a question goes its answer, and an answer of ours is forgotten.

    The room comes first: what is not done when the process dies is heard of again.
    """
    running = instance.running
    running.removed(room_id, event_id)
    async with running.turn(f"removed {room_id} {event_id}"):
        gone: list[str] = []
        for writing in running.of_question(room_id, event_id):
            await writing.stopped()
            gone += writing.event_ids
        await _remove(instance, room_id, dict.fromkeys(gone))
        if ours := running.of_event(room_id, event_id):
            await ours.stopped()
        kept = await _kept(instance, room_id, event_id)
        if not (kept or gone or ours) and (ours := await running.soon_of_event(room_id, event_id)):
            await ours.stopped()
            kept = await _kept(instance, room_id, event_id)
        if kept and kept.question_id == event_id:
            await _remove(instance, room_id, [one for one in kept.event_ids if one not in gone])
        if kept:
            await instance.store.answers.delete(kept.event_id)


async def _kept(instance: Instance, room_id: str, event_id: str) -> Answer | None:
    """The answer to this question, or of which this is a message."""
    answers = instance.store.answers

    async def find() -> Answer | None:
        await settled_now(instance, room_id, event_id)
        found = await answers.by_question(room_id, event_id)
        return found or await answers.by_event(room_id, event_id)

    try:
        return await sought(find)
    except Exception:
        instance.log.exception("What was kept of %s is not known", event_id)
        return None


async def _remove(instance: Instance, room_id: str, event_ids: Iterable[str]) -> None:
    for event_id in event_ids:
        try:
            await instance.scheduler.redact(room_id, event_id, "The question was removed")
        except SendError as error:
            instance.log.debug("An answer in %s cannot be removed: %s", room_id, error)
