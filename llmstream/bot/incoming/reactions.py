"""What people do to answers with their own hands: stop, try again, go on, redact, edit the
question.

Who may is `permissions.py`; what an answer says then is `answer.py`.
"""

from __future__ import annotations

from collections.abc import Iterable

from mautrix.errors import MatrixError

from ...matrix.buttons import plain_key
from ...matrix.reading.said import Said
from ...matrix.sending.outcome import SendError
from ..answering.answer import begin
from ..answering.answer_buttons import GO_ON
from ..answering.running import STOPPED, RunningAnswer
from ..instance import Instance
from ..permissions import may_steer
from ..room.access import may_ask
from ..room.history import asked
from ..store import Answer

_STOP = frozenset(map(plain_key, ("⏹️", "🛑", "❌")))
_RETRY = frozenset(map(plain_key, ("🔁", "🔄")))
_GO_ON = plain_key(GO_ON)


async def reacted(instance: Instance, room_id: str, sender: str, event_id: str, key: str) -> None:
    """Somebody has reacted to a message; to one of ours, perhaps."""
    key = plain_key(key)
    if sender == instance.client.mxid:
        return
    writing = instance.running.of_event(room_id, event_id)
    if writing and writing.concluded:
        await writing.over()  # whoever sees its end may press 🔁 before it is kept
        writing = None
    if writing:
        if writing.approvals.decide(sender, key):
            return
        if key in _STOP and await may_steer(instance, sender, writing.question.sender, room_id):
            writing.stop(STOPPED)
    elif key in _RETRY or key == _GO_ON:
        answer = await instance.store.answers.by_event(room_id, event_id)
        if answer and await may_steer(instance, sender, answer.asker, room_id):
            if key in _RETRY:
                await _again(instance, room_id, answer.question_id, rewrites=answer)
            elif answer.finish_reason == "length":
                await _again(instance, room_id, answer.question_id, goes_on=answer)


async def asked_anew(instance: Instance, said: Said, question_id: str) -> None:
    """A person has edited a message. Was it a question of theirs, its answer is written again."""
    writing = [
        one
        for one in instance.running.of_question(question_id)
        if one.question.sender == said.sender
    ]
    for one in writing:
        await _ended(one)
    answer = await instance.store.answers.by_question(said.room_id, question_id)
    if answer and answer.asker == said.sender:
        await _again(instance, said.room_id, question_id, rewrites=answer)
    elif writing:
        await _again(instance, said.room_id, question_id)


async def redacted(instance: Instance, room_id: str, event_id: str) -> None:
    """A message is gone: with a question goes its answer, and an answer of ours is forgotten."""
    removed: list[str] = []
    for writing in instance.running.of_question(event_id):
        await _ended(writing)
        removed += writing.event_ids
    if ours := instance.running.of_event(room_id, event_id):
        await _ended(ours)
    answers = instance.store.answers
    if answer := await answers.by_question(room_id, event_id):
        removed += answer.event_ids
        await answers.delete(answer.event_id)
    elif answer := await answers.by_event(room_id, event_id):
        await answers.delete(answer.event_id)
    await _remove(instance, room_id, dict.fromkeys(removed))


async def _again(
    instance: Instance,
    room_id: str,
    question_id: str,
    *,
    rewrites: Answer | None = None,
    goes_on: Answer | None = None,
) -> None:
    """Answer a question once more, as it now stands: in the same messages, or going on."""
    place = await instance.place_of(room_id)
    try:
        question = await asked(instance.client, room_id, question_id, place)
    except MatrixError:
        instance.log.exception("The question %s cannot be read", question_id)
        return
    if goes_on and instance.running.of_question(question_id):
        return  # two have asked for it at once
    access = instance.configuration.current.access
    if question and not question.is_empty and may_ask(access, question.sender, room_id):
        begin(instance, question, place, rewrites=rewrites, goes_on=goes_on)


async def _ended(writing: RunningAnswer) -> None:
    writing.stop(STOPPED)
    await writing.over()


async def _remove(instance: Instance, room_id: str, event_ids: Iterable[str]) -> None:
    try:
        for event_id in event_ids:
            await instance.scheduler.redact(room_id, event_id, "The question was removed")
    except SendError as error:
        instance.log.info("An answer in %s cannot be removed: %s", room_id, error)
