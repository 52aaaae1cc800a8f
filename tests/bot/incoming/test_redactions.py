"""Questions that are removed, or changed, at whatever moment: with a question goes its answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from llmstream.bot.answering.in_room import look
from llmstream.bot.answering.repair import repair
from llmstream.chunks import Text

from ...faults import slow
from ..answering.left import is_asked, is_left, is_shown, of_bot
from ..answering.test_going_on import GOES_ON, is_paused
from ..commands.commanding import ALICE, ROOM
from ..room.rooms import said
from .hearing import Hearing, until
from .test_passed_over import first_sync


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Hearing]:
    async with Hearing.laid_in(tmp_path) as hearing:
        yield hearing


def removes(event_id: str) -> tuple[str, dict[str, str], str]:
    return ALICE, {"redacts": event_id}, "m.room.redaction"


def removed(room: Hearing) -> list[str]:
    events = [one for one in of_bot(room.bot) if one.type == "m.room.redaction"]
    return [one.content["redacts"] for one in events]


def asked(room: Hearing) -> list[str]:
    return [one.question.text for one in room.bot.instance.running]


class TestAQuestionThatIsStillBeingRead:
    async def test_is_not_answered_once_it_is_removed(self, room: Hearing) -> None:
        before = asyncio.all_tasks()
        event_id = room.comes(ALICE, said("!ask why?"))
        room.comes(*removes(event_id))
        await room.all_done_since(before)
        assert asked(room) == []

    async def test_nor_where_its_removal_comes_first(self, room: Hearing) -> None:
        await room.hears(*removes("$why"))
        await room.hears(ALICE, said("!ask why?"), event_id="$why")
        assert asked(room) == []
        await room.hears(ALICE, said("!ask how?"))
        assert asked(room) == ["how?"]

    async def test_is_answered_as_it_was_edited(self, room: Hearing) -> None:
        edit: Any = {
            **said("* !ask how?"),
            "m.new_content": said("!ask how?"),
            "m.relates_to": {"rel_type": "m.replace", "event_id": await is_asked(room.bot)},
        }
        event_id = edit["m.relates_to"]["event_id"]
        await room.bot.town.client(ALICE).send_message_event(ROOM, "m.room.message", edit)  # type: ignore[arg-type]
        before = asyncio.all_tasks()
        room.comes(ALICE, said("!ask why?"), event_id=event_id)
        room.comes(ALICE, edit)
        await room.all_done_since(before)
        assert asked(room) == ["how?"]


async def test_with_it_goes_the_answer_that_is_just_being_ended_after_a_crash(
    room: Hearing,
) -> None:
    bot = room.bot
    question_id = await is_asked(bot)
    event_id = await is_shown(bot, "The sky")
    await is_left(bot, question_id, Text("The sky is"), event_ids=(event_id,))
    bot.town.order([slow(0.3)], ROOM)
    repairing = asyncio.create_task(repair(bot.instance))
    sent = len(bot.town.attempts)
    async with asyncio.timeout(10):
        while len(bot.town.attempts) == sent:  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.01)
    await room.hears(*removes(question_id))
    await repairing
    assert removed(room) == [event_id]
    assert await bot.instance.store.answers.by_question(ROOM, question_id) is None


async def test_with_it_goes_the_answer_also_without_a_database(
    room: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmstream.bot.store.writing._TRIES", (0.0, 0.0))
    answer = room.bot.writes(ALICE)
    answer.messages.append("$answer")
    await room.bot.instance.store.answers._database.execute("DROP TABLE answers")
    await room.hears(*removes(answer.question.event_id))
    assert removed(room) == ["$answer"]


@pytest.mark.parametrize("what", ["redaction", "edit", "reaction"])
async def test_what_is_heard_while_the_database_fails_once_is_done(
    room: Hearing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    monkeypatch.setattr("llmstream.bot.store.writing._TRIES", (0.1,) * 50)
    instance, question_id = room.bot.instance, await is_asked(room.bot)
    left = await is_left(room.bot, question_id, Text("The sky"), event_ids=("$answer",))
    await instance.store.answers.save(left.answer, ends=left.id)
    database, before = instance.store.answers._database, asyncio.all_tasks()
    await database.execute("ALTER TABLE answers RENAME TO away")
    if what == "redaction":
        room.comes(*removes(question_id))
    elif what == "edit":
        relation = {"rel_type": "m.replace", "event_id": question_id}
        edit = {**said("* why?"), "m.new_content": said("why?"), "m.relates_to": relation}
        room.comes(ALICE, edit)
    else:
        relation = {"rel_type": "m.annotation", "event_id": "$answer", "key": "🔁"}
        room.comes(ALICE, {"m.relates_to": relation}, "m.reaction")
    await until(lambda: "could not be read from the database" in caplog.text)
    await database.execute("ALTER TABLE away RENAME TO answers")
    await room.all_done_since(before)
    assert bool(removed(room) if what == "redaction" else asked(room))


async def test_with_one_that_was_removed_meanwhile_goes_its_answer(room: Hearing) -> None:
    instance = room.bot.instance
    instance.client.ignore_first_sync = True
    left = await is_left(room.bot, "$why", Text("The sky"), event_ids=("$answer",))
    await instance.store.answers.save(left.answer, ends=left.id)
    sender, content, kind = removes("$why")
    event = {
        "type": kind,
        "event_id": "$removal",
        "sender": sender,
        "content": content,
        "origin_server_ts": int((time.time() - 3600) * 1000),
    }
    await first_sync(room, {"join": {ROOM: {"timeline": {"events": [event]}}}})
    assert removed(room) == ["$answer"]
    assert await instance.store.answers.by_question(ROOM, "$why") is None


async def test_what_goes_on_after_a_crash_is_asked_as_it_was_edited_in_that_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start has read the question as it was, and is still looking at the room."""
    is_looking, may_go_on = asyncio.Event(), asyncio.Event()

    async def look_long(*left: Any) -> Any:
        is_looking.set()
        await may_go_on.wait()
        return await look(*left)

    monkeypatch.setattr("llmstream.bot.answering.settling.look", look_long)
    async with Hearing.laid_in(tmp_path, GOES_ON) as room:
        question_id, _ = await is_paused(room.bot, ago=60.0)
        repairing = asyncio.create_task(repair(room.bot.instance))
        await is_looking.wait()
        relation = {"rel_type": "m.replace", "event_id": question_id}
        edit: Any = {
            **said("* !ask how?"),
            "m.new_content": said("!ask how?"),
            "m.relates_to": relation,
        }
        await room.bot.town.client(ALICE).send_message_event(ROOM, "m.room.message", edit)  # type: ignore[arg-type]
        before = asyncio.all_tasks()
        room.comes(ALICE, edit)
        await asyncio.sleep(0.1)
        may_go_on.set()
        await repairing
        await room.all_done_since(before)
        [writing] = room.bot.instance.running
        assert (writing.question.text, writing.said_before) == ("how?", "")
