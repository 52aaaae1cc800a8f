"""What becomes of a message in a room: a question answered, one asked anew, a command, or nothing.

Which messages are questions, and who may ask, is decided in `room/`; this is the order in which it
is asked.
"""

from __future__ import annotations

from ..matrix.reading import Event, Said, read
from .answer import begin
from .commands import command_of, obey
from .parts import Parts
from .places import place_of
from .reactions import asked_anew
from .room.access import refusal
from .room.history import is_to_us
from .room.triggers import Place, Question, edited_question, question, spot
from .stream import Wish
from .telling import tell


async def hear(parts: Parts, event: Event) -> None:
    """Somebody, perhaps ourselves, has sent a message."""
    said = read(event)
    if said is None or said.sender == parts.client.mxid:
        return
    parts.loops.heard(said)
    place = await place_of(parts, said.room_id)
    if edited := edited_question(said, place):
        await asked_anew(parts, said, edited)
    elif command := command_of(parts, said, place):
        await obey(parts, said, command)
    elif asked := question(said, place, to_us=await _is_to_us(parts, said)):
        await _ask(parts, asked, place)


async def _is_to_us(parts: Parts, said: Said) -> bool:
    """Whether it replies to an answer of ours, or stands in its thread; finished or not."""
    return parts.running.is_joined_by(said) or await is_to_us(parts.store.answers, said)


async def _ask(parts: Parts, asked: Question, place: Place) -> None:
    configuration = parts.configuration.current
    refused = refusal(configuration.access, asked.sender, asked.room_id)
    if refused:
        if parts.notices.due(asked.sender, asked.room_id):
            await _reply(parts, asked, refused)
    elif asked.is_empty:
        usage = f"Ask me something: `!{configuration.command} why is the sky blue?`"
        await _reply(parts, asked, f"{usage} `!{configuration.settings_command}` tells more.")
    elif parts.loops.admits(asked):
        begin(parts, Wish(asked, place))


async def _reply(parts: Parts, asked: Question, text: str) -> None:
    thread = parts.configuration.current.for_room(asked.room_id).thread
    where = spot(asked, thread)
    await tell(parts, asked.room_id, text, reply_to=where.reply_to, thread_root=asked.thread_root)
