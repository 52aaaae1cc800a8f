"""What is to be done for one answer that an earlier process, or a refusal, has left: nothing, its
end, or to go on. When that is tried, and again: repair.py.

The room is looked at before. Nothing is taken away that people have read, nothing written over
what is finished, and nothing sent that the room has.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import cast

from ...chunks import Text
from ...document import Document
from ...matrix.content.style import Ending, Status
from ...matrix.reading.raw import Raw, number
from ...matrix.reading.said import bundled_edit, is_redacted
from ...matrix.sending.outcome import Reason, SendError
from ...post import Posted, post
from ..instance import Instance
from ..room.access import may_ask
from ..room.history import asked
from ..room.succession import predecessor, replaced
from ..room.timeline import Timeline
from ..store import Answer, Unfinished
from .answer import begin
from .answer_buttons import RETRY, AnswerButtons, in_words, people_react
from .appearance import about, style
from .in_room import InRoom, look
from .running import INTERRUPTED, SHUT_OUT, STOPPED

_GOES_ON_FOR, _TELLS_FOR = 86400.0, 7 * 86400.0  # seconds since it was asked
_MOST_TRIES = 3  # what ends its process each time is not begun for ever


async def settle(instance: Instance, left: Unfinished) -> None:
    """Do what is missing for this answer, and keep it.

    Raises:
        SendError: The room does not take it.
        MatrixError: The homeserver does not answer.
    """
    timeline = Timeline(instance.client, left.answer.room_id)
    asked_for = await timeline.raw_edited(left.answer.question_id)
    if is_redacted(asked_for):
        await _take_back(instance, left)
        return
    found = await look(instance, left)
    left, shown = found.left, found.with_all_that_is_shown()
    if found.has_its_end:
        with suppress(SendError):  # what may not be removed stays
            for event_id in found.surplus:
                await instance.scheduler.redact(left.answer.room_id, event_id)
        await _keep(instance, left, found.as_ended())
        await _offer(instance, left.answer)
    elif found.is_cut:
        await _end_what_is_left(instance, found)
    elif await _goes_on(instance, _as_now_asked(shown, asked_for)):
        return
    elif found.has_an_end:
        kept = await instance.store.answers.by_event(left.answer.room_id, left.answer.event_id)
        await _keep(instance, left, kept or found.as_ended())
    elif not found.shown and left.state == "asked" and _age(left) > _TELLS_FOR:
        await instance.store.streams.remove(left.id)
    else:
        await _end(instance, _concluded(await _restored(instance, shown)))


async def _take_back(instance: Instance, left: Unfinished) -> None:
    """Its question was removed: with that goes whatever the room has of the answer."""
    room_id, answers = left.answer.room_id, instance.store.answers
    kept = await answers.by_question(room_id, left.answer.question_id)
    event_ids = (*(kept.event_ids if kept else ()), *left.answer.event_ids)
    for event_id in dict.fromkeys(event_ids):
        await instance.scheduler.redact(room_id, event_id, "The question was removed")
    if kept:
        await answers.delete(kept.event_id)
    await instance.store.streams.remove(left.id)


async def _end_what_is_left(instance: Instance, found: InRoom) -> None:
    """Its last message gets its end, and nothing is said again of what somebody has removed."""
    if not found.shown:
        await instance.store.streams.remove(found.left.id)
        return
    left = _concluded(found.in_its_last(), STOPPED)
    if found.is_open:
        await _end(instance, left)
    else:
        await _keep(instance, left, left.answer)


def _as_now_asked(left: Unfinished, asked_for: Raw) -> Unfinished:
    """To be begun anew where the question has become another meanwhile."""
    edited_at = number(bundled_edit(asked_for), "origin_server_ts") or 0
    is_another = edited_at > left.answer.created_at * 1000
    return replace(left, document=Document()) if is_another else left


async def _goes_on(instance: Instance, left: Unfinished) -> bool:
    """Let the model go on with it, where that is wanted and its question still stands."""
    answer, configuration = left.answer, instance.configuration.current
    is_wanted = configuration.for_room(answer.room_id).on_restart == "go_on"
    if left.state == "concluded" or not is_wanted or answer.note == SHUT_OUT.note:
        return False
    if left.tries >= _MOST_TRIES or _age(left) > _GOES_ON_FOR:
        return False
    situation = await instance.situation_in(answer.room_id)
    question = await asked(instance.client, answer.room_id, answer.question_id, situation)
    if not question or question.is_empty or question.sender != answer.asker:
        return False
    server = await instance.people.server(answer.room_id)
    if not may_ask(configuration.access, answer.asker, answer.room_id, server):
        return False
    earlier = await instance.store.answers.by_question(answer.room_id, answer.question_id)
    is_same = bool(earlier and answer.event_id in earlier.event_ids)
    await begin(
        instance,
        replace(question, thread_root=answer.thread_root or question.thread_root),
        situation,
        rewrites=earlier if is_same else None,
        goes_on=None if is_same else earlier,
        resumes=left,
    )
    return instance.running.of_id(left.id) is not None


async def _restored(instance: Instance, left: Unfinished) -> Unfinished:
    """With the text of the answer that it was to replace, where no word of its own has come."""
    if left.document.length or left.state == "concluded":
        return left
    answer, document = left.answer, Document()
    earlier = await instance.store.answers.by_question(answer.room_id, answer.question_id)
    if earlier is None or answer.event_id not in earlier.event_ids:
        return left
    document.add(Text(earlier.text))
    return replace(left, document=document)


async def _end(instance: Instance, left: Unfinished) -> None:
    """Write its end, in the room that has taken this one's place where this one takes none.

    How it ends is kept before: in the room, its text and the line under it are one.
    """
    await instance.store.streams.save(left)
    try:
        posted = await _written(instance, left, reply_to=left.answer.question_id)
    except SendError as error:
        is_closed = error.refused.reason is Reason.FORBIDDEN
        room_id = await _successor(instance, left.answer.room_id) if is_closed else ""
        if not room_id:
            raise
        moved = replace(left.answer, room_id=room_id, thread_root="")
        left = replace(left, answer=moved).in_messages(())
        posted = await _written(instance, left)
    await _keep(instance, left, left.answer.as_posted(posted))


async def _successor(instance: Instance, room_id: str) -> str:
    """The room that has taken this one's place, if both say so; else ''."""
    found = await replaced(instance.client, room_id)
    if found is None:
        return ""
    access = instance.configuration.current.access
    before = await predecessor(instance.client, instance.people, access, found.replacement)
    return found.replacement if before and before.room_id == room_id else ""


async def _written(instance: Instance, left: Unfinished, reply_to: str = "") -> Posted:
    """Write all that had come once more, and for the last time."""
    posted = await _post(instance, left, reply_to)
    if len(posted.event_ids) > len(left.answer.event_ids):
        # The server may know its first event from a process that has died, and have kept that.
        found = await look(instance, left.in_messages(posted.event_ids))
        if found.shown and found.shown[-1].live:
            left = found.with_all_that_is_shown()
            posted = await _post(instance, left, reply_to)
    return posted


async def _post(instance: Instance, left: Unfinished, reply_to: str) -> Posted:
    answer, configuration = left.answer, instance.configuration.current
    settings = configuration.for_room(answer.room_id)
    origin = about(configuration, settings, answer.provider, answer.model)
    can_react = await people_react(instance, answer.room_id)
    ending = Ending(cast(Status, answer.status), answer.note)
    if not can_react:
        ending = in_words(ending, settings.buttons)
    posted = await post(
        instance.client,
        answer.room_id,
        [],
        reply_to=reply_to,
        thread=answer.thread_root,
        mention=answer.asker,
        style=replace(style(settings), single=True),
        about=replace(origin, footer=origin.footer and left.document.begun),
        conclude=lambda *_: ending,
        document=left.document,
        rewrite=answer.event_ids,
        typing=False,
        elapsed=left.seconds,
        name=left.id,
        budgets=instance.store.budgets,
        platforms=configuration.platforms,
    )
    await _offer(instance, answer.as_posted(posted))
    return posted


async def _offer(instance: Instance, answer: Answer) -> None:
    """The button of an answer that has its end, in place of those that it had before."""
    room_id, settings = answer.room_id, instance.configuration.current.for_room(answer.room_id)
    if settings.buttons and await people_react(instance, room_id):
        await AnswerButtons(instance, room_id, answer.event_ids[0]).show(RETRY)


def _concluded(left: Unfinished, by: Ending = INTERRUPTED) -> Unfinished:
    answer = left.answer
    if left.state == "concluded" or answer.note == SHUT_OUT.note:
        return replace(left, state="concluded")
    ended = replace(answer, status=by.status, note=by.note)
    return replace(left, state="concluded", answer=ended)


async def _keep(instance: Instance, left: Unfinished, answer: Answer) -> None:
    earlier = await instance.store.answers.by_question(answer.room_id, answer.question_id)
    if earlier and answer.event_id not in earlier.event_ids:  # it went on in messages of its own
        answer = earlier.continued_by(answer)
    elif earlier and answer.event_id != earlier.event_id:  # so it did, and was kept when refused
        status, note, rounds = answer.status, answer.note, answer.rounds
        answer = replace(earlier, status=status, note=note, rounds=rounds)
    await instance.store.answers.save(answer, ends=left.id)


def _age(left: Unfinished) -> float:
    return time.time() - left.answer.created_at
