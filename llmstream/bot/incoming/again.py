"""A question answered once more: in the same messages, or going on where its answer was cut.

Who may want that is decided before, by reactions.py and questions.py.
"""

from __future__ import annotations

from mautrix.errors import MatrixError

from ..answering.answer import begin
from ..instance import Instance
from ..room.access import may_ask
from ..room.history import asked
from ..store import Answer


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
    if question and not question.is_empty and may_ask(access, question.sender, room_id):
        await begin(instance, question, situation, rewrites=rewrites, goes_on=goes_on)
