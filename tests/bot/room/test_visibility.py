"""What somebody may not see of a room's past, they do not get from a model either."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from llmstream.bot.room.visibility import Visibility

from .rooms import ALICE, BOB, ROOM, Room
from .scene import DIRECT, GROUP, Scene, lines

ALL = replace(GROUP, trigger="all")


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with Scene.laid_in(tmp_path) as scene:
        yield scene


@pytest.fixture(autouse=True, params=[False, True], ids=["Synapse", "Conduit"])
def filtering(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server shows what it is asked for, or all of the room's state."""
    monkeypatch.setattr(Room, "is_bare", request.param)


def shows_past_to(room: Room, who: str) -> None:
    room.set(ALICE, "m.room.history_visibility", {"history_visibility": who})


@pytest.mark.parametrize("who", ["joined", "invited", "nonsense"])
async def test_who_has_just_joined_gets_nothing_from_before(scene: Scene, who: str) -> None:
    room = scene.room
    room.joins(ALICE)
    shows_past_to(room, who)
    secret = room.say(ALICE, "the code is 1234")
    room.joins(BOB)
    room.say(ALICE, "hello Bob")
    asked = room.say(BOB, "what is the code?")
    pointed = room.say(BOB, "!ask what is this?", reply=secret)
    again = room.say(ALICE, "what is the code?")
    assert lines(await scene.asks(asked, ALL)) == ["user: hello Bob", "user: what is the code?"]
    assert lines(await scene.asks(pointed)) == ["user: what is this?"]
    assert lines(await scene.asks(again, ALL))[0] == "user: the code is 1234"


async def test_an_answer_from_before_is_hidden_with_its_question(scene: Scene) -> None:
    room = scene.room
    room.joins(ALICE)
    shows_past_to(room, "joined")
    secret = room.say(ALICE, "!ask what is the code?")
    answer = await scene.answer(secret, "1234", thread=secret)
    room.joins(BOB)
    asked = room.say(BOB, "!ask what is it?", thread=secret)
    pointed = room.say(BOB, "!ask what is it?", reply=answer)
    assert lines(await scene.asks(asked)) == ["user: what is it?"]
    assert lines(await scene.asks(pointed)) == ["user: what is it?"]


async def test_who_was_away_gets_nothing_from_meanwhile(scene: Scene) -> None:
    room = scene.room
    room.joins(ALICE)
    room.joins(BOB)
    shows_past_to(room, "joined")
    room.joins(BOB, "leave")
    room.say(ALICE, "Bob is gone")
    room.joins(BOB)
    asked = room.say(BOB, "what did I miss?")
    assert lines(await scene.asks(asked, ALL)) == ["user: what did I miss?"]


async def test_what_was_hidden_then_stays_hidden_when_the_room_opens(scene: Scene) -> None:
    room = scene.room
    room.joins(ALICE)
    shows_past_to(room, "joined")
    room.say(ALICE, "the code is 1234")
    shows_past_to(room, "shared")
    room.say(ALICE, "hello all")
    room.joins(BOB)
    asked = room.say(BOB, "what is the code?")
    assert lines(await scene.asks(asked, ALL)) == ["user: hello all", "user: what is the code?"]


async def test_a_room_that_always_showed_its_past_is_asked_once_about_it(scene: Scene) -> None:
    room = scene.room
    room.joins(ALICE)
    shows_past_to(room, "shared")
    room.say(ALICE, "the code is 1234")
    room.joins(BOB)
    asked = room.say(BOB, "what is the code?")
    assert lines(await scene.asks(asked, DIRECT))[0] == "user: the code is 1234"
    assert sum("state" in path for path in room.requests) == 1


async def test_who_has_just_joined_may_have_nothing_from_before_written_again(
    scene: Scene,
) -> None:
    room = scene.room
    room.joins(ALICE)
    shows_past_to(room, "joined")
    secret = room.say(ALICE, "what is the code?")
    room.joins(BOB)
    later = room.say(ALICE, "and now?")
    async with room.client() as client:
        visibility = Visibility(client)
        assert not await visibility.may_see(BOB, ROOM, secret)
        assert await visibility.may_see(BOB, ROOM, later)
        assert await visibility.may_see(ALICE, ROOM, secret)
