"""A question answered once more: in the same messages, or going on where its answer was cut. And
an end to it, where two bots would go on for ever.

Who may want an answer is decided before, by reactions.py and questions.py.
"""

from __future__ import annotations

from functools import partial

from mautrix.errors import MatrixError

from ..answering.answer import begin
from ..instance import Instance
from ..notice import tell
from ..room.access import may_ask
from ..room.bot_loops import STOPPED, Verdict
from ..room.history import asked
from ..room.limits import duration
from ..store import Answer
from ..store.writing import noted


async def answer_again(
    instance: Instance,
    room_id: str,
    question_id: str,
    *,
    rewrites: Answer | None = None,
    goes_on: Answer | None = None,
) -> None:
    """Answer a question as it now stands, if who asked still may."""
    situation = await instance.situation_in(room_id)
    try:
        question = await asked(instance.client, room_id, question_id, situation)
    except MatrixError:
        instance.log.exception("The question %s cannot be read", question_id)
        return
    access = instance.configuration.current.access
    server = await instance.people.server(room_id)
    if question and not question.is_empty and may_ask(access, question.sender, room_id, server):
        if goes_on is None:
            await noted(partial(instance.store.streams.supersede, room_id, question_id))
        await begin(instance, question, situation, rewrites=rewrites, goes_on=goes_on)


async def is_in_talk(
    instance: Instance, room_id: str, user_id: str, *, reply_to: str, thread_root: str = ""
) -> bool:
    """Whether they are to be answered, as people are; a bot is told once that this is the end."""
    verdict = instance.loops.judge(room_id, user_id)
    if verdict is Verdict.TELL:
        minutes = duration(instance.loops.pause(room_id, user_id))
        text = STOPPED.format(minutes=minutes)
        await tell(instance, room_id, text, reply_to=reply_to, thread_root=thread_root)
    return verdict is Verdict.ANSWER
