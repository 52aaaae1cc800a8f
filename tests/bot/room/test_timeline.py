"""What was said in a room is read from its homeserver, in clear and encrypted."""

from __future__ import annotations

from typing import Any

import pytest

from llmstream.bot.room.timeline import Timeline
from llmstream.matrix.content.events import LIVE
from llmstream.matrix.reading.said import Said

from .encrypting import Sender, crypto
from .rooms import ALICE, BOB, ME, ROOM, Room, said


def every(_: Said) -> bool:
    return True


def texts(found: list[Said]) -> list[str]:
    return [one.text for one in found]


async def test_an_event_comes_with_its_newest_edit() -> None:
    room = Room()
    first = room.say(ALICE, "one")
    room.edit(ALICE, first, "two")
    room.edit(BOB, first, "forged")
    async with room.client() as client:
        found = await Timeline(client, ROOM).event(first)
    assert found is not None
    assert found.text == "two"


async def test_an_event_that_is_not_there_or_redacted_says_nothing() -> None:
    room = Room()
    gone = room.say(ALICE, "one")
    room.redact(gone)
    async with room.client() as client:
        timeline = Timeline(client, ROOM)
        assert await timeline.event("$none") is None
        assert await timeline.event(gone) is None


async def test_a_thread_is_read_up_to_one_of_its_events() -> None:
    room = Room(page=2)
    root = room.say(ALICE, "root")
    for number in range(5):
        room.say(ALICE, f"{number}", thread=root)
        room.say(BOB, "elsewhere")
    last = room.say(ALICE, "the question", thread=root)
    room.say(BOB, "later", thread=root)
    async with room.client() as client:
        timeline = Timeline(client, ROOM)
        found = await timeline.thread(root, before=last, keep=every, most=100)
        newest = await timeline.thread(root, before=last, keep=every, most=2)
    assert texts(found) == ["0", "1", "2", "3", "4"]
    assert texts(newest) == ["3", "4"]


async def test_a_room_is_read_past_hundreds_of_our_edits() -> None:
    room = Room(page=3)
    room.say(ALICE, "one")
    answer = room.say(ME, "…")
    for number in range(300):
        room.edit(ME, answer, f"{number}")
    question = room.say(ALICE, "two")
    room.edit(ALICE, question, "two!")
    last = room.say(ALICE, "three")
    room.say(ALICE, "later")
    async with room.client() as client:
        found = await Timeline(client, ROOM).room(before=last, but_by=ME, keep=every, most=20)
    assert texts(found) == ["one", "two!"]


async def test_of_a_server_that_bundles_and_filters_nothing_the_same_comes() -> None:
    room = Room(page=30)
    room.is_bare = True
    room.say(ALICE, "one")
    answer = room.say(ME, "…")
    for number in range(200):
        room.edit(ME, answer, f"{number}")
    live = room.say(BOB, "Hm", **{LIVE: {}})
    room.edit(BOB, live, "Hm.")
    room.edit(ALICE, live, "forged")
    first = room.say(ALICE, "two")
    room.edit(ALICE, first, "two!")
    last = room.say(ALICE, "three")
    async with room.client() as client:
        timeline = Timeline(client, ROOM)
        found = await timeline.room(before=last, but_by=ME, keep=every, most=20)
        edited = await timeline.edited(first)
        assert await timeline.raw_edited("$none") == {}
    assert texts(found) == ["one", "Hm.", "two"]
    assert edited is not None
    assert edited.text == "two!"


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"start": 1, "chunk": 1}, {"start": "1", "chunk": [1, {}, {"a": 1}]}]
)
async def test_what_a_server_leaves_out_is_not_there(answer: Any) -> None:
    class Client:
        class api:
            @staticmethod
            async def request(*_: object, **__: object) -> Any:
                return answer

    client: Any = Client
    timeline = Timeline(client, ROOM)
    assert await timeline.event("$one") is None
    assert await timeline.edited("$one") is None
    assert await timeline.replies("$one", by=ME) == []
    assert await timeline.room(before="$one", but_by=ME, keep=every, most=9) == []
    assert await timeline.thread("$one", before="$two", keep=every, most=9) == []


async def test_only_what_is_to_be_kept_counts() -> None:
    room = Room()
    for body in ("yes 1", "yes 2", "no", "yes 3", "no"):
        room.say(ALICE, body)
    last = room.say(ALICE, "why?")
    async with room.client() as client:
        found = await Timeline(client, ROOM).room(
            before=last, but_by=ME, keep=lambda one: one.text != "no", most=2
        )
    assert texts(found) == ["yes 2", "yes 3"]


async def test_nothing_is_read_from_before_a_reset() -> None:
    room = Room()
    for body in ("one", "two", "three"):
        room.say(ALICE, body)
    last = room.say(ALICE, "why?")
    async with room.client() as client:
        timeline = Timeline(client, ROOM)
        found = await timeline.room(before=last, but_by=ME, keep=every, most=9, since=2000)
    assert texts(found) == ["three"]


async def test_encrypted_events_and_their_edits_are_read() -> None:
    room, alice = Room(), Sender()
    content = alice.encrypted(said("one"))
    first = room.add(ALICE, content, "m.room.encrypted")
    relation = {"rel_type": "m.replace", "event_id": first}
    new = {**said("* two"), "m.new_content": said("two"), "m.relates_to": relation}
    edit = alice.encrypted(new, **{"m.relates_to": relation})
    room.add(ALICE, edit, "m.room.encrypted")
    last = room.say(ALICE, "why?")
    async with room.client() as client:
        client.crypto = await crypto(client, alice)
        timeline = Timeline(client, ROOM)
        found = await timeline.room(before=last, but_by=ME, keep=every, most=9)
        again = await timeline.event(first)
        client.crypto = await crypto(client, alice, of=ALICE)
        known = await timeline.event(first)
    assert texts(found) == ["two"]
    assert again is not None
    assert (again.text, again.encrypted_by) == ("two", "somebody")
    assert known is not None
    assert (known.text, known.encrypted_by) == ("two", "sender")
    assert timeline.undecryptable == 0


async def test_what_cannot_be_decrypted_is_left_out_and_counted() -> None:
    room, alice, stranger = Room(), Sender(), Sender()
    room.add(ALICE, alice.encrypted(said("one")), "m.room.encrypted")
    room.add(BOB, stranger.encrypted(said("two")), "m.room.encrypted")
    room.redact(room.add(BOB, stranger.encrypted(said("three")), "m.room.encrypted"))
    last = room.say(ALICE, "why?")
    async with room.client() as client:
        without = Timeline(client, ROOM)
        assert await without.room(before=last, but_by=ME, keep=every, most=9) == []
        assert without.undecryptable == 2
        client.crypto = await crypto(client, alice)
        timeline = Timeline(client, ROOM)
        found = await timeline.room(before=last, but_by=ME, keep=every, most=9)
    assert texts(found) == ["one"]
    assert timeline.undecryptable == 1
