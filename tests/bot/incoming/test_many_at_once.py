"""Much at once from one person, and ids that name something in another room."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from llmstream.bot.store import Answer

from ...faults import Answer as Response
from ..commands.commanding import ALICE, MODERATOR, ROOM
from ..room.rooms import said
from .hearing import Hearing


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Hearing]:
    async with Hearing.laid_in(tmp_path) as hearing:
        yield hearing


def edit_of(event_id: str, text: str) -> dict[str, object]:
    return {
        **said(f"* {text}"),
        "m.new_content": said(text),
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }


async def test_of_many_edits_at_once_few_are_answered(room: Hearing) -> None:
    answered = Answer(
        event_id="$answer",
        room_id=ROOM,
        question_id="$asked",
        thread_root="",
        asker=ALICE,
        provider="demo",
        model="",
        text="So.",
        status="complete",
        created_at=time.time(),
        event_ids=("$answer",),
    )
    await room.bot.instance.store.answers.save(answered)
    town, read = room.bot.town, []
    usual = town.answer

    async def answer(user_id: str, method: str, path: str, body: bytes) -> Any:
        if "/event/" not in path:
            return await usual(user_id, method, path, body)
        read.append(path)
        return Response(404, json.dumps({"errcode": "M_NOT_FOUND", "error": "gone"}).encode())

    town.answer = answer  # type: ignore[method-assign]
    for number in range(50):
        room.comes(ALICE, edit_of("$asked", f"!ask why {number}?"))
    await room.hears(ALICE, edit_of("$asked", "!ask and now?"))
    assert 0 < len(read) <= 3


async def test_hearing_of_our_own_edits_asks_neither_the_server_nor_the_database(
    room: Hearing,
) -> None:
    asked, usual, me = [], room.bot.town.answer, room.bot.instance.client.mxid

    async def answer(user_id: str, method: str, path: str, body: bytes) -> Any:
        asked.append(path)
        return await usual(user_id, method, path, body)

    room.bot.town.answer = answer  # type: ignore[method-assign]

    def edit(number: int) -> dict[str, Any]:
        about = {"sender": me, "origin_server_ts": 1}
        content = edit_of("$answer", f"So far {number}")
        message = {"type": "m.room.message", "event_id": f"$edit{number}", "content": content}
        joined = {"event_id": "$joined", "state_key": me, "content": {"membership": "join"}}
        return {
            "timeline": {"events": [{**about, **message}]},
            "state": {"events": [{**about, **joined, "type": "m.room.member"}]},
        }

    await room.syncs({"rooms": {"join": {ROOM: edit(0)}}})
    assert asked  # whether it takes the place of another
    asked.clear()
    database, statements = room.bot.instance.store.answers._database, list[str]()
    connection: Any
    async with database.acquire() as connection:
        await connection.wrapped.set_trace_callback(statements.append)
    for number in range(1, 10):
        await room.syncs({"rooms": {"join": {ROOM: edit(number)}}})
    assert (asked, statements) == ([], [])


async def test_a_redaction_in_one_room_ends_nothing_in_another(room: Hearing) -> None:
    answer = room.bot.writes(ALICE)
    question = answer.question.event_id
    await room.hears(
        MODERATOR,
        {"redacts": question},
        "m.room.redaction",
        redacts=question,
        room_id="!other:here",
    )
    assert answer.ending is None
    await room.hears(MODERATOR, {"redacts": question}, "m.room.redaction", redacts=question)
    assert answer.ending is not None
