"""What an event says, from raw JSON and from mautrix events alike."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mautrix.types import Event

from llmstream.matrix.reading.said import File, read, read_all


def event(content: dict[str, Any], event_id: str = "$1", **keys: Any) -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "room_id": "!r:here",
        "event_id": event_id,
        "sender": "@alice:here",
        "origin_server_ts": 1000,
        "content": content,
        **keys,
    }


def edit(body: str, of: str = "$1", event_id: str = "$2", **keys: Any) -> dict[str, Any]:
    content = {
        "msgtype": "m.text",
        "body": f"* {body}",
        "m.new_content": {"msgtype": "m.text", "body": body},
        "m.relates_to": {"rel_type": "m.replace", "event_id": of},
    }
    return event(content, event_id, **{"origin_server_ts": 2000, **keys})


TEXT = event({"msgtype": "m.text", "body": "hello"})

SHAPES = {
    "text": TEXT,
    "html": event({"msgtype": "m.text", "body": "a", "formatted_body": "<b>a</b>"}),
    "emote": event({"msgtype": "m.emote", "body": "waves"}),
    "mention": event({"msgtype": "m.text", "body": "a", "m.mentions": {"user_ids": ["@b:x"]}}),
    "nobody mentioned": event({"msgtype": "m.text", "body": "a", "m.mentions": {}}),
    "live": event({"msgtype": "m.text", "body": "a", "org.matrix.msc4357.live": {}}),
    "answer": event({"msgtype": "m.text", "body": "a", "dev.llmstream.answer": {"model": "m"}}),
    "edit": edit("new"),
    "picture": event(
        {
            "msgtype": "m.image",
            "body": "what is this?",
            "filename": "cat.png",
            "url": "mxc://here/cat",
            "info": {"mimetype": "image/png", "size": 5},
        }
    ),
    "encrypted file": event(
        {
            "msgtype": "m.file",
            "body": "a.txt",
            "file": {
                "url": "mxc://here/a",
                "v": "v2",
                "key": {
                    "kty": "oct",
                    "key_ops": ["decrypt"],
                    "alg": "A256CTR",
                    "k": "k",
                    "ext": True,
                },
                "iv": "i",
                "hashes": {"sha256": "h"},
            },
        }
    ),
    "in a thread": event(
        {
            "msgtype": "m.text",
            "body": "a",
            "m.relates_to": {
                "rel_type": "m.thread",
                "event_id": "$root",
                "is_falling_back": True,
                "m.in_reply_to": {"event_id": "$last"},
            },
        }
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_raw_json_and_mautrix_events_say_the_same(shape: str) -> None:
    raw = SHAPES[shape]
    assert read(raw) == read(Event.deserialize(deepcopy(raw)))
    assert read(raw) is not None


def test_a_bundled_edit_by_the_sender_is_the_text() -> None:
    said = read({**TEXT, "unsigned": {"m.relations": {"m.replace": edit("new")}}})
    assert said is not None
    assert (said.event_id, said.text, said.sent_at, said.edit_of) == ("$1", "new", 1000, "")


def test_mautrix_events_keep_their_bundled_edit() -> None:
    # mautrix drops an `unsigned` in which it knows no key; servers always send the age.
    raw = {**TEXT, "unsigned": {"age": 5, "m.relations": {"m.replace": edit("new")}}}
    said = read(Event.deserialize(deepcopy(raw)))
    assert said is not None
    assert said.text == "new"


def test_an_edit_by_somebody_else_changes_nothing() -> None:
    forged = edit("forged", sender="@mallory:there")
    assert [said.text for said in read_all([TEXT, forged])] == ["hello"]
    said = read({**TEXT, "unsigned": {"m.relations": {"m.replace": forged}}})
    assert said is not None
    assert said.text == "hello"


def test_an_edit_without_new_content_changes_nothing() -> None:
    broken = edit("broken")
    del broken["content"]["m.new_content"]
    said = read({**TEXT, "unsigned": {"m.relations": {"m.replace": broken}}})
    assert said is not None
    assert said.text == "hello"


def test_of_several_edits_the_newest_counts_whatever_the_order() -> None:
    first = edit("first", event_id="$2", origin_server_ts=2000)
    second = edit("second", event_id="$3", origin_server_ts=3000)
    bundled = {**TEXT, "unsigned": {"m.relations": {"m.replace": second}}}
    for events in ([TEXT, first, second], [second, TEXT, first], [bundled, first]):
        assert [said.text for said in read_all(events)] == ["second"]


def test_an_edit_keeps_the_place_of_what_it_edits() -> None:
    raw = SHAPES["in a thread"]
    [said] = read_all([raw, edit("new")])
    assert (said.text, said.thread_root, said.related) == ("new", "$root", True)


def test_redacted_events_say_nothing() -> None:
    redaction = event({"redacts": "$1"}, "$9", type="m.room.redaction")
    assert read_all([TEXT, redaction]) == []
    assert read_all([TEXT, event({}, "$9", type="m.room.redaction", redacts="$1")]) == []
    assert read(event({}, unsigned={"redacted_because": {}})) is None


def test_a_redacted_edit_gives_back_the_text_before() -> None:
    redaction = event({"redacts": "$2"}, "$9", type="m.room.redaction")
    assert [said.text for said in read_all([TEXT, edit("new"), redaction])] == ["hello"]


def test_a_thread_that_falls_back_to_a_reply_is_no_reply() -> None:
    said = read(SHAPES["in a thread"])
    assert said is not None
    assert (said.thread_root, said.reply_to) == ("$root", "")


def test_the_quote_of_old_clients_is_no_part_of_a_reply() -> None:
    body = "> <@bob:here> first\n> second\n\nmine"
    reply = {"m.in_reply_to": {"event_id": "$0"}}
    html = "<mx-reply><blockquote>first</blockquote></mx-reply>mine"
    content = {"msgtype": "m.text", "body": body, "formatted_body": html}
    said = read(event({**content, "m.relates_to": reply}))
    assert said is not None
    assert (said.text, said.html, said.reply_to) == ("mine", "mine", "$0")
    unrelated = read(event(content))
    assert unrelated is not None
    assert unrelated.text == body


def test_a_persons_own_quote_stays_in_a_reply() -> None:
    body = "> to be or not\n\nwho said that?"
    reply = {"m.in_reply_to": {"event_id": "$0"}}
    said = read(event({"msgtype": "m.text", "body": body, "m.relates_to": reply}))
    assert said is not None
    assert said.text == body


def test_a_caption_is_text_and_a_file_name_is_none() -> None:
    said = read(SHAPES["picture"])
    assert said is not None
    assert said.text == "what is this?"
    assert said.file == File("m.image", "cat.png", "mxc://here/cat", "image/png", 5)
    named = read(event({"msgtype": "m.file", "body": "a.txt", "url": "mxc://here/a"}))
    assert named is not None
    assert (named.text, named.file) == ("", File("m.file", "a.txt", "mxc://here/a"))


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"msgtype": 5, "body": "a"},
        {"msgtype": "m.location", "body": "a"},
        {"msgtype": "m.text", "body": None, "m.relates_to": "x", "m.mentions": [1]},
        {"msgtype": "m.image", "body": ["a"], "info": {"size": "big"}, "file": "x"},
    ],
)
def test_content_of_no_known_shape_breaks_nothing(content: dict[str, Any]) -> None:
    said = read(event(content))
    assert said is None or said.text == ""


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["body", "msgtype", "m.relates_to", "m.new_content", "m.mentions", "info", "file"]
        ),
        json_values,
    ),
    json_values,
)
def test_reading_never_fails(content: dict[str, Any], unsigned: Any) -> None:
    read(event({"msgtype": "m.text", **content}, unsigned=unsigned))
    read_all([event({"msgtype": "m.image", **content}), {"content": content}])


@given(st.text())
def test_a_plain_message_says_what_was_typed(body: str) -> None:
    said = read(event({"msgtype": "m.text", "body": body}))
    assert said is not None
    assert said.text == body.replace("\0", "\ufffd").strip()
