"""What becomes of a message in a room: a question answered, one asked anew, a command, or nothing.

Which messages are questions, and who may ask, is decided in `room/`; this is the order in which it
is asked.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ...matrix.reading.annotations import plain_key
from ...matrix.reading.said import Said
from ..answering.answer import begin
from ..answering.repair import settled_now
from ..answering.running import RunningAnswer
from ..commands import command_of, obey
from ..for_admins import heard_from
from ..instance import Instance
from ..notice import reply, tell
from ..room.access import refusal
from ..room.history import is_to_us
from ..room.triggers import (
    Question,
    Situation,
    edited_question,
    is_from_sender,
    is_new,
    question,
)
from ..store.writing import sought
from .again import answer_again, is_in_talk
from .answered import is_answered
from .in_place_of_reactions import steered

NOT_ENCRYPTED = (
    "This room is encrypted, but your message came unencrypted: anybody who runs a server between "
    "us could have written it in your name, so I do nothing about it. Send it encrypted."
)


NOT_THEIRS = (
    "Your message was encrypted by a device that your homeserver does not list as yours: anybody "
    "could have written it in your name, so I do nothing about it. Send it again, from your own."
)


async def hear(instance: Instance, said: Said) -> None:
    """Somebody, perhaps ourselves, has sent a message."""
    if said.sender == instance.client.mxid:
        return
    async with instance.running.turn(f"heard {said.room_id} {said.edit_of or said.event_id}"):
        if not said.edit_of:  # an edit waits until what it edits is read
            await _heard(instance, said)
            return
    await _heard(instance, said)


async def _heard(instance: Instance, said: Said) -> None:
    instance.loops.heard(said)
    situation = await instance.situation_in(said.room_id)
    if not is_from_sender(said, situation):
        await _not_encrypted(instance, said, situation)
        return
    if _decides(instance, said, situation):
        return
    to_us = await _is_to_us(instance, said)
    if await steered(instance, said, situation, to_us=to_us):
        return
    if edited := edited_question(said, situation):
        await _asked_anew(instance, said, edited)
    elif command := command_of(instance, said, situation):
        await heard_from(instance, said.sender, said.room_id)
        await obey(instance, said, command)
    elif asked := question(said, situation, to_us=to_us):
        await heard_from(instance, said.sender, said.room_id)
        await _ask(instance, asked, situation)


def _decides(instance: Instance, said: Said, situation: Situation) -> bool:
    """Whether it says yes or no to a tool, in reply to the answer that waits for it.

    A reaction does so too, but where the room is encrypted only this can be told to be theirs.
    """
    if not said.reply_to or not is_new(said, situation):
        return False
    writing = instance.running.of_event(said.room_id, said.reply_to)
    key = plain_key(said.text)
    return bool(writing and writing.approvals.decide(said.sender, said.reply_to, key))


async def _not_encrypted(instance: Instance, said: Said, situation: Situation) -> None:
    """Tell who asked, or used a command, in clear text in an encrypted room. Others are not us."""
    anywhere = replace(situation, encrypted=False)
    asked = question(said, anywhere, to_us=await _is_to_us(instance, said))
    is_command = command_of(instance, said, anywhere) is not None
    if (asked or is_command) and instance.notices.due(said.sender, said.room_id):
        await tell(
            instance,
            said.room_id,
            NOT_THEIRS if said.encrypted_by else NOT_ENCRYPTED,
            reply_to=said.event_id,
            thread_root=said.thread_root,
        )


async def _is_to_us(instance: Instance, said: Said) -> bool:
    """Whether it replies to an answer of ours, or stands in its thread; finished or not."""
    if instance.running.is_joined_by(said):
        return True
    try:
        return await is_to_us(instance.store.answers, said)
    except Exception:
        instance.log.exception("Whether %s is for us is not known", said.event_id)
        return False


async def _asked_anew(instance: Instance, said: Said, question_id: str) -> None:
    """A person has edited a message. Was it a question of theirs, its answer is written again.

    Of many edits at once, only the last: what a question says is read when it is answered.
    """
    async with instance.running.turn(f"edited {question_id} {said.sender}") as newer:
        if not newer:
            await _as_edited(instance, said, question_id)


async def _as_edited(instance: Instance, said: Said, question_id: str) -> None:
    async with instance.running.turn(f"again {question_id}"):
        writing = await _stopped(instance, said, question_id)
        await sought(partial(settled_now, instance, said.room_id, question_id))
        # A start that had read the question before may have let it go on meanwhile.
        writing += await _stopped(instance, said, question_id)
        by_question = partial(instance.store.answers.by_question, said.room_id, question_id)
        answer = await sought(by_question)
        if answer and answer.asker != said.sender:
            answer = None
        if not answer and not writing:
            return
        instance.loops.acted(said.room_id, said.sender, len(said.text))
        if await is_in_talk(instance, said.room_id, said.sender, reply_to=question_id):
            await answer_again(instance, said.room_id, question_id, rewrites=answer)


async def _stopped(instance: Instance, said: Said, question_id: str) -> list[RunningAnswer]:
    """The answers to this question of theirs that were being written, and are no more."""
    writing = [
        one
        for one in instance.running.of_question(said.room_id, question_id)
        if one.question.sender == said.sender
    ]
    for one in writing:
        await one.stopped()
    return writing


async def _ask(instance: Instance, asked: Question, situation: Situation) -> None:
    configuration = instance.configuration.current
    server = await instance.people.server(asked.room_id)
    refused = refusal(configuration.access, asked.sender, asked.room_id, server)
    if refused:
        if instance.notices.due(asked.sender, asked.room_id):
            await reply(instance, asked, refused)
    elif not await is_in_talk(
        instance,
        asked.room_id,
        asked.sender,
        reply_to=asked.event_id,
        thread_root=asked.thread_root,
    ):
        return
    elif asked.is_empty:
        usage = f"Ask me something: `!{configuration.command} why is the sky blue?`"
        await reply(instance, asked, f"{usage} `!{configuration.settings_command}` tells more.")
    elif not await is_answered(instance, asked):
        await begin(instance, asked, situation)
