"""Words that do what reactions do, where the other side of a bridge has none: `again`, `stop`,
`go on`, and yes and no to a tool.

They count in reply to a message of ours, or spoken to us; there may be no replies there either.
What they do is `reactions.py`'s.
"""

from __future__ import annotations

from dataclasses import replace

from ...matrix.reading.annotations import Annotation, plain_key
from ...matrix.reading.said import Said
from ..answering.answer_buttons import GO_ON, STOP, WORDS, people_react
from ..answering.running import STOPPED, RunningAnswer
from ..instance import Instance
from ..notice import tell
from ..permissions import may_steer
from ..room.history import is_to_us
from ..room.triggers import Situation, is_new, question, words
from ..store import Answer, Unfinished
from .reactions import reacted

_ANSWERS = ("yes", "no")
_LATELY = 20  # answers, among which is the one that somebody means


async def steered(instance: Instance, said: Said, situation: Situation, *, to_us: bool) -> bool:
    """Whether this message was such a word, and is done with.

    Args:
        to_us: It replies to a message of ours, or stands in a thread where we have answered.
    """
    word = _word(said, situation)
    if word == "stop" and said.reply_to and not to_us:
        if await people_react(instance, said.room_id):
            return False
        to_us = bool(await instance.running.soon_of_event(said.room_id, said.reply_to))
    if not await _is_in_place(instance, said, situation, word, to_us=to_us):
        return False
    if word not in WORDS:
        return await _decided(instance, said, word)
    if WORDS[word] == STOP:
        await _stop(instance, said)
        return True
    return await _again(instance, said, WORDS[word])


async def was_steered(instance: Instance, said: Said) -> Annotation | None:
    """The reaction that a message of before the start was in place of, if it was."""
    if not _plain(said.text).endswith(tuple(WORDS)):  # nothing is asked for what anybody says
        return None
    then = replace(await instance.situation_in(said.room_id), since=0)
    if (word := _word(said, then)) not in WORDS:
        return None
    left = await _left_meant(instance, said)
    to_us = bool(left and said.reply_to) or await is_to_us(instance.store.answers, said)
    if not await _is_in_place(instance, said, then, word, to_us=to_us):
        return None
    if WORDS[word] == STOP and left:
        event_id = left.answer.event_id or left.answer.question_id
    elif answer := await _again_meant(instance, said, WORDS[word]):
        event_id = answer.event_id
    else:
        return None
    return Annotation(said.room_id, said.sender, event_id, plain_key(WORDS[word]))


def _word(said: Said, situation: Situation) -> str:
    """What it says, if it may be one of ours; else ''."""
    word = _plain(words(said, situation))
    is_answer = word.partition(" ")[0] in _ANSWERS and len(word) < len("yes 1000")
    return word if word in WORDS or is_answer else ""


def _plain(text: str) -> str:
    return " ".join(text.lower().strip(" .!").split())


async def _is_in_place(
    instance: Instance, said: Said, situation: Situation, word: str, *, to_us: bool
) -> bool:
    if not word or not is_new(said, situation):
        return False
    if not (to_us and said.reply_to) and question(said, situation, to_us=to_us) is None:
        return False
    return not await people_react(instance, said.room_id)


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
    answer = await _again_meant(instance, said, key)
    if answer is None:
        return False  # they ask the model to
    await reacted(instance, Annotation(said.room_id, said.sender, answer.event_id, plain_key(key)))
    return True


async def _again_meant(instance: Instance, said: Said, key: str) -> Answer | None:
    answer = await _answer_meant(instance, said)
    return None if answer and key == GO_ON and answer.finish_reason != "length" else answer


async def _left_meant(instance: Instance, said: Said) -> Unfinished | None:
    """What an earlier process has left that they reply to, or else the newest they may stop."""
    here = await instance.store.streams.in_room(said.room_id)
    for left in sorted(here, key=lambda one: one.answer.created_at, reverse=True):
        answer = left.answer
        if said.reply_to and said.reply_to not in (*answer.event_ids, answer.question_id):
            continue
        if await may_steer(instance, said.sender, answer.asker, said.room_id):
            return left
    return None


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
