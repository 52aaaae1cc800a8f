"""A room's events as a conversation."""

from __future__ import annotations

from typing import Any

from llmstream.matrix.reading.said import File, Said
from llmstream.matrix.reading.transcript import to_messages
from llmstream.messages import Image, Message

ME = "@llm:here"
PNG = Image("image/png", b"png")


def event(number: int, sender: str, body: str, **content: Any) -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "room_id": "!r:here",
        "event_id": f"${number}",
        "sender": sender,
        "origin_server_ts": number * 1000,
        "content": {"msgtype": "m.text", "body": body, **content},
    }


def picture(number: int, body: str = "cat.png", **content: Any) -> dict[str, Any]:
    keys = {"msgtype": "m.image", "url": "mxc://here/cat", **content}
    return event(number, "@alice:here", body, **keys)


async def test_events_become_turns_by_time_whatever_their_order() -> None:
    events = [
        event(3, "@alice:here", "and now?"),
        event(1, "@alice:here", "hello"),
        event(2, ME, "hi"),
    ]
    assert await to_messages(events, me=ME) == [
        Message("user", "hello"),
        Message("assistant", "hi"),
        Message("user", "and now?"),
    ]


async def test_without_me_the_marked_answers_are_the_assistants() -> None:
    events = [
        event(1, "@alice:here", "hello"),
        event(2, ME, "hi", **{"dev.llmstream.answer": {"status": "complete"}}),
    ]
    assert [message.role for message in await to_messages(events)] == ["user", "assistant"]


async def test_an_answer_comes_without_its_footer() -> None:
    content = {
        "formatted_body": "<p>hi</p><p><sub>demo &amp; co · 2 s</sub></p>",
        "dev.llmstream.answer": {"status": "complete"},
    }
    [message] = await to_messages([event(1, ME, "hi\n\ndemo & co · 2 s", **content)], me=ME)
    assert message.text == "hi"


async def test_names_come_from_the_caller_or_from_the_id() -> None:
    events = [event(1, "@alice:here", "hello"), event(2, "@bob:there", "hi"), event(3, ME, "yes")]
    messages = await to_messages(events, me=ME, include_names=True, names={"@alice:here": "Alice"})
    assert [message.text for message in messages] == ["[Alice]: hello", "[bob]: hi", "yes"]


async def test_notices_and_drafts_of_others_are_no_turns() -> None:
    events = [
        event(1, "@bot:here", "I am a bot", msgtype="m.notice"),
        event(2, "@alice:here", "half a", **{"org.matrix.msc4357.live": {}}),
        event(3, "@alice:here", "waves", msgtype="m.emote"),
    ]
    assert await to_messages(events, me=ME) == [Message("user", "* waves")]


async def test_an_unread_file_is_reported_and_its_caption_stays() -> None:
    unsupported: list[Said] = []
    events = [picture(1), picture(2, "look", filename="cat.png")]
    messages = await to_messages(events, me=ME, on_unsupported=unsupported.append)
    assert messages == [Message("user", "look")]
    assert {said.event_id for said in unsupported} == {"$1", "$2"}


async def test_files_are_read_newest_first() -> None:
    asked: list[str] = []

    async def files(file: File) -> Image | str | None:
        asked.append(file.name)
        return PNG if file.name == "b.png" else "[a.png is too old]"

    messages = await to_messages([picture(1, "a.png"), picture(2, "b.png")], me=ME, files=files)
    assert asked == ["b.png", "a.png"]
    assert messages == [Message("user", "[a.png is too old]"), Message("user", "", (PNG,))]


async def test_a_transform_changes_and_drops() -> None:
    def plain(message: Message, said: Said) -> Message | None:
        return None if said.sender == "@bob:there" else Message(message.role, "x")

    async def awaited(message: Message, said: Said) -> Message | None:
        return plain(message, said)

    events = [event(1, "@alice:here", "hello"), event(2, "@bob:there", "hi")]
    for transform in (plain, awaited):
        assert await to_messages(events, me=ME, transform=transform) == [Message("user", "x")]
