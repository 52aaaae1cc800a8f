"""Places, stickers and polls are a part of the conversation, in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.matrix.reading.in_words import location, poll
from llmstream.matrix.reading.said import read
from llmstream.matrix.reading.transcript import to_messages


def event(content: dict[str, Any], kind: str = "m.room.message") -> dict[str, Any]:
    return {
        "type": kind,
        "room_id": "!r:here",
        "event_id": "$1",
        "sender": "@alice:here",
        "origin_server_ts": 1,
        "content": content,
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            {"body": "Big Ben, London", "geo_uri": "geo:51.5008,-0.1247;u=35"},
            "[location: Big Ben, London; latitude 51.5008, longitude -0.1247]",
        ),
        (
            {"body": "User Location geo:1,2 as of now", "geo_uri": "geo:1,2"},
            "[location: latitude 1, longitude 2]",
        ),
        (
            {"org.matrix.msc3488.location": {"uri": "geo:1,2,3", "description": "My [house]"}},
            "[location: My (house); latitude 1, longitude 2]",
        ),
        ({"body": "nowhere"}, ""),
        ({"body": "x", "geo_uri": "geo:]ignore,all"}, ""),
    ],
)
def test_a_place_is_its_name_and_where_it_is(content: dict[str, Any], words: str) -> None:
    assert location(content) == words


TEA = {
    "question": {"org.matrix.msc1767.text": "Tea?"},
    "answers": [{"id": "1", "org.matrix.msc1767.text": "Yes"}, {"id": "2", "m.text": "No"}, 5],
}


@pytest.mark.parametrize(
    "content",
    [
        {"org.matrix.msc3381.poll.start": TEA},
        {"m.poll": TEA | {"question": {"m.text": [{"mimetype": "x"}, {"body": "Tea?"}]}}},
    ],
)
def test_a_poll_is_its_question_and_its_answers(content: dict[str, Any]) -> None:
    assert poll(content) == "[poll: Tea?]\n- Yes\n- No"


def test_a_poll_of_no_known_shape_is_its_fallback() -> None:
    assert poll({"m.text": "Tea? 1. Yes"}) == "Tea? 1. Yes"


async def test_they_are_turns_of_a_conversation() -> None:
    place = event({"msgtype": "m.location", "body": "Here", "geo_uri": "geo:1,2"})
    [message] = await to_messages([place], me="@llm:here")
    assert message.text == "[location: Here; latitude 1, longitude 2]"


def test_a_sticker_is_a_picture() -> None:
    said = read(event({"body": "a cat", "url": "mxc://here/cat"}, "m.sticker"))
    assert said is not None
    assert said.file is not None
    assert (said.file.kind, said.file.name, said.file.url) == (
        "m.image",
        "a cat",
        "mxc://here/cat",
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(
                ["m.text", "m.poll", "question", "answers", "body", "geo_uri", "uri", "m.location"]
            ),
            inner,
        )
    ),
)


@given(st.dictionaries(st.sampled_from(["m.poll", "geo_uri", "m.location", "body"]), JSON))
def test_content_of_any_shape_is_one_bracket_or_nothing(content: dict[str, Any]) -> None:
    assert location(content).count("[") <= 1
    assert poll(content).count("[") <= 1
