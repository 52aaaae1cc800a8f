"""Words that do what reactions do, where the other side of a bridge has none: `again`, `stop`,
`go on`, and yes and no to a tool.

They count in reply to a message of ours, or spoken to us; there may be no replies there either.
What they do is `reactions.py`'s.
"""

from __future__ import annotations

from ...matrix.reading.annotations import Annotation, plain_key
from ...matrix.reading.said import Said
from ..answering.answer_buttons import GO_ON, STOP, WORDS, people_react
from ..answering.running import STOPPED, RunningAnswer
from ..instance import Instance
from ..notice import tell
from ..permissions import may_steer
from ..room.triggers import Situation, is_new, question, words
from ..store import Answer
from .reactions import reacted

_ANSWERS = ("yes", "no")
_LATELY = 20  # answers, among which is the one that somebody means


async def steered(instance: Instance, said: Said, situation: Situation, *, to_us: bool) -> bool:
    """Whether this message was such a word, and is done with.

    Args:
        to_us: It replies to a message of ours, or stands in a thread where we have answered.
    """
    word = " ".join(words(said, situation).lower().strip(" .!").split())
    is_answer = word.partition(" ")[0] in _ANSWERS and len(word) < len("yes 1000")
    if not (word in WORDS or is_answer) or not is_new(said, situation):
        return False
    if WORDS.get(word) == STOP and said.reply_to and not to_us:
        if await people_react(instance, said.room_id):
            return False
        to_us = bool(await instance.running.soon_of_event(said.room_id, said.reply_to))
    if not (to_us and said.reply_to) and question(said, situation, to_us=to_us) is None:
        return False
    if await people_react(instance, said.room_id):
        return False
    if is_answer:
        return await _decided(instance, said, word)
    if WORDS[word] == STOP:
        await _stop(instance, said)
        return True
    return await _again(instance, said, WORDS[word])


async def _decided(instance: Instance, said: Said, word: str) -> bool:
    """Yes or no from who is asked for it; with another number than is asked for, it is neither."""
    for writing in _meant(instance, said):
        approvals = writing.approvals
        asked_in = approvals.seen_in
        if not asked_in or writing.question.sender != said.sender:
            continue
        if not approvals.decide(said.sender, asked_in, word):
            yes, no = approvals.asked_for
            text = f"I am waiting for `{yes}` or `{no}`, to what I have asked last."
            await tell(instance, said.room_id, text, reply_to=said.event_id)
        return True
    return False


async def _stop(instance: Instance, said: Said) -> None:
    """Stop the answer that they reply to, or else the newest that they may stop."""
    for writing in _meant(instance, said):
        if await may_steer(instance, said.sender, writing.question.sender, said.room_id):
            writing.stop(STOPPED)
            return


async def _again(instance: Instance, said: Said, key: str) -> bool:
    """Do it to the answer that they reply to, or else to the last that they may do it to."""
    answer = await _answer_meant(instance, said)
    if answer is None or (key == GO_ON and answer.finish_reason != "length"):
        return False  # they ask the model to
    await reacted(instance, Annotation(said.room_id, said.sender, answer.event_id, plain_key(key)))
    return True


def _meant(instance: Instance, said: Said) -> list[RunningAnswer]:
    """Those being written that these words may be about, the newest first."""
    here = instance.running.in_room(said.room_id, said.thread_root)
    if said.reply_to:
        here = [one for one in here if said.reply_to in (*one.event_ids, one.question.event_id)]
    return sorted(here, key=lambda one: one.asked_at, reverse=True)


async def _answer_meant(instance: Instance, said: Said) -> Answer | None:
    answers, room_id = instance.store.answers, said.room_id
    if said.reply_to and (answer := await answers.by_event(room_id, said.reply_to)):
        return answer
    for answer in reversed(await answers.in_thread(room_id, said.thread_root, _LATELY)):
        if await may_steer(instance, said.sender, answer.asker, room_id):
            return answer
    return None
