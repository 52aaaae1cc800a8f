"""What people do to answers with a reaction: stop, try again, go on, yes and no to a tool.

Who may is `permissions.py`; what an answer says then is `answering/answer.py`.
"""

from __future__ import annotations

from functools import partial

from mautrix.errors import MatrixError

from ...matrix.reading.annotations import Annotation, plain_key
from ..answering.answer_buttons import GO_ON, RETRY, STOP
from ..answering.running import STOPPED, RunningAnswer
from ..instance import Instance
from ..notice import reply
from ..permissions import may_steer
from ..store import Answer
from ..store.writing import sought
from .again import answer_again, is_in_talk

STOPS = frozenset(map(plain_key, (STOP, "🛑", "❌")))
_RETRY = frozenset(map(plain_key, (RETRY, "🔄")))
_GO_ON = plain_key(GO_ON)
AGAIN = _RETRY | {_GO_ON}

ENCRYPT_YOUR_YES = (
    "This room is encrypted, but reactions are not, so I cannot tell who gave this one. "
    "Reply to my message with ✅ instead."
)


async def reacted(
    instance: Instance, reaction: Annotation, *, is_from_sender: bool = False
) -> None:
    """Somebody has reacted to a message; to one of ours, perhaps.

    Args:
        is_from_sender: It was encrypted by who sent it. Clients do not encrypt reactions yet.

    In clear text in an encrypted room, a reaction can end an answer or ask for one once more,
    which a homeserver may as well bring about. It cannot say yes to a tool.
    """
    room_id, sender, event_id = reaction.room_id, reaction.sender, reaction.event_id
    key = plain_key(reaction.key)
    if sender == instance.client.mxid:
        return
    writing = await _writing(instance, room_id, event_id, key)
    if writing and writing.concluded:
        await writing.over()  # whoever sees its end may press 🔁 before it is kept
        writing = None
    if writing:
        is_approval = writing.approvals.is_yes(key) and writing.approvals.waits_in(event_id)
        if is_approval and not is_from_sender and await _is_encrypted(instance, room_id):
            if sender == writing.question.sender:
                await reply(instance, writing.question, ENCRYPT_YOUR_YES)
            return
        if writing.approvals.decide(sender, event_id, key):
            return
        if key in STOPS and await may_steer(instance, sender, writing.question.sender, room_id):
            writing.stop(STOPPED)
    elif key in AGAIN:
        by_event = partial(instance.store.answers.by_event, room_id, event_id)
        answer = await sought(by_event)
        may = answer and await may_steer(instance, sender, answer.asker, room_id)
        if answer and may and await _sees(instance, sender, answer):
            await _pressed(instance, sender, answer, key)


async def _writing(
    instance: Instance, room_id: str, event_id: str, key: str
) -> RunningAnswer | None:
    """The answer being written that this is pressed under."""
    if key in STOPS:  # who is fast presses it before the server has told us of the message
        return await instance.running.soon_of_event(room_id, event_id)
    return instance.running.of_event(room_id, event_id)


async def _is_encrypted(instance: Instance, room_id: str) -> bool:
    """Whether only what is encrypted counts in this room."""
    return (await instance.situation_in(room_id)).encrypted


async def _sees(instance: Instance, user_id: str, answer: Answer) -> bool:
    """Whether they may see what is answered: who came later must not have it written once more."""
    if user_id == answer.asker:
        return True
    try:
        return await instance.visibility.may_see(user_id, answer.room_id, answer.question_id)
    except MatrixError as error:
        instance.log.debug("What %s may see is not known: %s", user_id, error)
        return False


async def _pressed(instance: Instance, sender: str, answer: Answer, key: str) -> None:
    """Try a finished answer again, or go on with it; once, however often that is pressed."""
    room_id, question_id = answer.room_id, answer.question_id
    async with instance.running.turn(f"again {question_id}"):
        if instance.running.of_question(room_id, question_id):
            return
        instance.loops.acted(room_id, sender)
        if not await is_in_talk(instance, room_id, sender, reply_to=answer.event_id):
            return
        if key in _RETRY:
            await answer_again(instance, room_id, question_id, rewrites=answer)
        elif answer.finish_reason == "length":
            await answer_again(instance, room_id, question_id, goes_on=answer)
