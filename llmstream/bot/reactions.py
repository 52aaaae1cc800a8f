"""What people do to answers with their own hands: stop, try again, go on, redact, edit the
question.

Who may is `steering.py`; what an answer says then is `answer.py`.
"""

from __future__ import annotations

from collections.abc import Iterable

from mautrix.errors import MatrixError

from ..matrix.buttons import plain_key
from ..matrix.outcome import SendError
from ..matrix.reading import Said
from .answer import begin
from .buttons import GO_ON
from .parts import Parts
from .places import place_of
from .room.access import may_ask
from .room.history import asked
from .running import STOPPED, Writing
from .steering import may_steer
from .store import Answer
from .stream import Wish

_STOP = frozenset(map(plain_key, ("⏹️", "🛑", "❌")))
_RETRY = frozenset(map(plain_key, ("🔁", "🔄")))
_GO_ON = plain_key(GO_ON)


async def reacted(parts: Parts, room_id: str, sender: str, event_id: str, key: str) -> None:
    """Somebody has reacted to a message; to one of ours, perhaps."""
    key = plain_key(key)
    if sender == parts.client.mxid:
        return
    writing = parts.running.of_event(room_id, event_id)
    if writing and writing.concluded:
        await writing.over()  # whoever sees its end may press 🔁 before it is kept
        writing = None
    if writing:
        if writing.approvals.decide(sender, key):
            return
        if key in _STOP and await may_steer(parts, sender, writing.question.sender, room_id):
            writing.stop(STOPPED)
    elif key in _RETRY or key == _GO_ON:
        answer = await parts.store.answers.by_event(room_id, event_id)
        if answer and await may_steer(parts, sender, answer.asker, room_id):
            if key in _RETRY:
                await _again(parts, room_id, answer.question_id, rewrites=answer)
            elif answer.finish_reason == "length":
                await _again(parts, room_id, answer.question_id, goes_on=answer)


async def asked_anew(parts: Parts, said: Said, question_id: str) -> None:
    """A person has edited a message. Was it a question of theirs, its answer is written again."""
    writing = [
        one for one in parts.running.of_question(question_id) if one.question.sender == said.sender
    ]
    for one in writing:
        await _ended(one)
    answer = await parts.store.answers.by_question(said.room_id, question_id)
    if answer and answer.asker == said.sender:
        await _again(parts, said.room_id, question_id, rewrites=answer)
    elif writing:
        await _again(parts, said.room_id, question_id)


async def redacted(parts: Parts, room_id: str, event_id: str) -> None:
    """A message is gone: with a question goes its answer, and an answer of ours is forgotten."""
    removed: list[str] = []
    for writing in parts.running.of_question(event_id):
        await _ended(writing)
        removed += writing.event_ids
    if ours := parts.running.of_event(room_id, event_id):
        await _ended(ours)
    answers = parts.store.answers
    if answer := await answers.by_question(room_id, event_id):
        removed += answer.parts
        await answers.delete(answer.event_id)
    elif answer := await answers.by_event(room_id, event_id):
        await answers.delete(answer.event_id)
    await _remove(parts, room_id, dict.fromkeys(removed))


async def _again(
    parts: Parts,
    room_id: str,
    question_id: str,
    *,
    rewrites: Answer | None = None,
    goes_on: Answer | None = None,
) -> None:
    """Answer a question once more, as it now stands: in the same messages, or going on."""
    place = await place_of(parts, room_id)
    try:
        question = await asked(parts.client, room_id, question_id, place)
    except MatrixError:
        parts.log.exception("The question %s cannot be read", question_id)
        return
    if goes_on and parts.running.of_question(question_id):
        return  # two have asked for it at once
    access = parts.configuration.current.access
    if question and not question.is_empty and may_ask(access, question.sender, room_id):
        begin(parts, Wish(question, place, rewrites, goes_on))


async def _ended(writing: Writing) -> None:
    writing.stop(STOPPED)
    await writing.over()


async def _remove(parts: Parts, room_id: str, event_ids: Iterable[str]) -> None:
    try:
        for event_id in event_ids:
            await parts.scheduler.redact(room_id, event_id, "The question was removed")
    except SendError as error:
        parts.log.info("An answer in %s cannot be removed: %s", room_id, error)
