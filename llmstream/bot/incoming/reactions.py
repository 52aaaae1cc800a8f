"""What people do to answers with a reaction: stop, try again, go on, yes and no to a tool.

Who may is `permissions.py`; what an answer says then is `answering/answer.py`.
"""

from __future__ import annotations

from ...matrix.buttons import plain_key
from ..answering.answer_buttons import GO_ON
from ..answering.running import STOPPED
from ..instance import Instance
from ..permissions import may_steer
from ..store import Answer
from .again import answer_again

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
        if writing.approvals.decide(sender, event_id, key):
            return
        if key in _STOP and await may_steer(instance, sender, writing.question.sender, room_id):
            writing.stop(STOPPED)
    elif key in _RETRY or key == _GO_ON:
        answer = await instance.store.answers.by_event(room_id, event_id)
        if answer and await may_steer(instance, sender, answer.asker, room_id):
            await _pressed(instance, answer, key)


async def _pressed(instance: Instance, answer: Answer, key: str) -> None:
    """Try a finished answer again, or go on with it; once, however often that is pressed."""
    room_id, question_id = answer.room_id, answer.question_id
    async with instance.running.turn(f"again {question_id}"):
        if instance.running.of_question(question_id):
            return
        if key in _RETRY:
            await answer_again(instance, room_id, question_id, rewrites=answer)
        elif answer.finish_reason == "length":
            await answer_again(instance, room_id, question_id, goes_on=answer)
