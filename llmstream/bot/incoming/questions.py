"""What becomes of a message in a room: a question answered, one asked anew, a command, or nothing.

Which messages are questions, and who may ask, is decided in `room/`; this is the order in which it
is asked.
"""

from __future__ import annotations

from ...matrix.reading.said import Event, Said, read
from ..answering.answer import begin
from ..commands import command_of, obey
from ..instance import Instance
from ..notice import tell
from ..room.access import refusal
from ..room.history import is_to_us
from ..room.triggers import Place, Question, edited_question, question, spot
from .reactions import asked_anew


async def hear(instance: Instance, event: Event) -> None:
    """Somebody, perhaps ourselves, has sent a message."""
    said = read(event)
    if said is None or said.sender == instance.client.mxid:
        return
    instance.loops.heard(said)
    place = await instance.place_of(said.room_id)
    if edited := edited_question(said, place):
        await asked_anew(instance, said, edited)
    elif command := command_of(instance, said, place):
        await obey(instance, said, command)
    elif asked := question(said, place, to_us=await _is_to_us(instance, said)):
        await _ask(instance, asked, place)


async def _is_to_us(instance: Instance, said: Said) -> bool:
    """Whether it replies to an answer of ours, or stands in its thread; finished or not."""
    return instance.running.is_joined_by(said) or await is_to_us(instance.store.answers, said)


async def _ask(instance: Instance, asked: Question, place: Place) -> None:
    configuration = instance.configuration.current
    refused = refusal(configuration.access, asked.sender, asked.room_id)
    if refused:
        if instance.notices.due(asked.sender, asked.room_id):
            await _reply(instance, asked, refused)
    elif asked.is_empty:
        usage = f"Ask me something: `!{configuration.command} why is the sky blue?`"
        await _reply(instance, asked, f"{usage} `!{configuration.settings_command}` tells more.")
    elif instance.loops.admits(asked):
        begin(instance, asked, place)


async def _reply(instance: Instance, asked: Question, text: str) -> None:
    thread = instance.configuration.current.for_room(asked.room_id).thread
    where = spot(asked, thread)
    await tell(
        instance, asked.room_id, text, reply_to=where.reply_to, thread_root=asked.thread_root
    )
