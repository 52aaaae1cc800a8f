"""Events that nobody's client sends: wrong types everywhere, of every size."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mautrix.types import Event as MautrixEvent
from mautrix.types import EventType

from llmstream.matrix.buttons import Buttons, Press
from llmstream.matrix.reading.annotations import annotation_in, plain_key
from llmstream.matrix.reading.bridges import delivery
from llmstream.matrix.reading.delivery import Delivery
from llmstream.matrix.reading.said import bundled_edit, is_edit, read, read_all
from llmstream.matrix.reading.transcript import to_messages
from tests.homeserver import Homeserver
from tests.posting import ALICE, ROOM

pytestmark = pytest.mark.slow

LONG = "x" * 64_000
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        [10**400, -1, 2**63, "", "\ud800", "\0", "$\n", " ", LONG, "$1", "m.replace"]
    )
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
MESSAGE: dict[str, Any] = {
    "type": "m.room.message",
    "room_id": ROOM,
    "event_id": "$1",
    "sender": ALICE,
    "origin_server_ts": 1000,
    "redacts": "$0",
    "content": {
        "msgtype": "m.text",
        "body": "hello",
        "format": "org.matrix.custom.html",
        "formatted_body": "<p>hello</p>",
        "filename": "a.png",
        "url": "mxc://here/a",
        "file": {"url": "mxc://here/a", "key": {"k": "x"}},
        "info": {"mimetype": "image/png", "size": 5},
        "m.mentions": {"user_ids": [ALICE]},
        "m.new_content": {"msgtype": "m.text", "body": "new", "m.mentions": {}},
        "m.relates_to": {
            "rel_type": "m.replace",
            "event_id": "$0",
            "key": "👍",
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": "$0"},
        },
        "dev.llmstream.answer": {"status": "complete"},
        "org.matrix.msc4357.live": {},
    },
    "unsigned": {"m.relations": {"m.replace": {"event_id": "$2", "sender": ALICE, "content": {}}}},
}
REACTION = {
    **MESSAGE,
    "type": "m.reaction",
    "content": {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$answer", "key": "👍"}},
}
STATE = {
    "type": "m.bridge",
    "state_key": "x",
    "content": {
        "protocol": {"id": "irc", "displayname": "IRC"},
        "edit": 1,
        "edit_max_count": 5,
        "edit_max_age": 5,
        "enabled": False,
    },
}


def paths(value: Any, *before: str) -> list[tuple[str, ...]]:
    found = [before] if before else []
    for key in value if isinstance(value, dict) else ():
        found += paths(value[key], *before, key)
    return found


def changed(event: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    return {**event, path[0]: changed(event[path[0]], path[1:], value)}


def mangled(event: dict[str, Any]) -> st.SearchStrategy[Any]:
    """The event with one to three of its parts replaced by anything, or something else."""

    def apply(base: Any, changes: list[tuple[tuple[str, ...], Any]]) -> Any:
        # Inner parts first: what stands above them is replaced later.
        for path, value in sorted(changes, key=lambda change: -len(change[0])):
            base = changed(base, path, value)
        return base

    change = st.tuples(st.sampled_from(paths(event)), VALUES)
    distinct = st.lists(change, min_size=1, max_size=3, unique_by=lambda one: one[0])
    return st.builds(apply, st.just(event), distinct) | VALUES


def is_sound(identifier: str) -> bool:
    return identifier.isprintable() and len(identifier.encode()) <= 255 and " " not in identifier


@settings(max_examples=600, deadline=None)
@given(mangled(MESSAGE), mangled(MESSAGE))
def test_what_comes_of_any_event_may_be_kept_and_sent(event: Any, other: Any) -> None:
    for said in filter(None, [read(event), *read_all([event, other, MESSAGE])]):
        ids = (said.event_id, said.sender, said.room_id, said.thread_root, said.reply_to)
        assert all(is_sound(one) for one in (*ids, said.edit_of, *(said.mentions or ())))
        assert said.event_id
        assert abs(said.sent_at) < 2**53
        "".join((said.text, said.html, said.msgtype)).encode()
        if said.file:
            assert said.file.size is None or abs(said.file.size) < 2**53
            "".join((said.file.name, said.file.url, said.file.media_type)).encode()
    if isinstance(event, dict):
        is_edit(event)
        bundled_edit(event)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(mangled(MESSAGE), max_size=4), st.booleans(), st.dictionaries(st.text(), st.text())
)
def test_a_conversation_can_be_made_of_anything(
    events: list[Any], named: bool, names: dict[str, str]
) -> None:
    messages = asyncio.run(to_messages(events, include_names=named, names=names))
    json.dumps([message.text for message in messages]).encode()


@settings(max_examples=300, deadline=None)
@given(mangled(MESSAGE))
def test_what_mautrix_makes_of_it_is_read_too(event: Any) -> None:
    try:
        made = MautrixEvent.deserialize(event)
    except Exception:
        return  # it never reaches us
    read(made)
    read_all([made])


@settings(max_examples=300, deadline=None)
@given(mangled(REACTION))
def test_a_reaction_is_one_or_none(event: Any) -> None:
    reaction = annotation_in(event)
    if reaction is not None:
        assert is_sound(reaction.event_id)
        assert is_sound(reaction.sender)
        assert 0 < len(reaction.key) <= 100
        reaction.key.encode()


@settings(max_examples=150, deadline=None)
@given(mangled(REACTION))
def test_buttons_hear_whatever_mautrix_makes_of_a_reaction(event: Any) -> None:
    async def scene() -> None:
        client = Homeserver().client()
        pressed: list[Press] = []

        async def press(one: Press) -> None:
            pressed.append(one)

        Buttons.of(client).hear("$answer", ["👍"], press)
        (handler,) = client.event_handlers[EventType.REACTION]
        for one in (event, MautrixEvent.deserialize(REACTION)):
            await handler(one)
        try:
            made = MautrixEvent.deserialize(event)
        except Exception:
            made = None  # it never reaches us
        await handler(made)
        assert pressed
        Buttons.of(client).forget("$answer")

    asyncio.run(scene())


@given(VALUES)
def test_a_key_is_text_or_nothing(key: Any) -> None:
    assert isinstance(plain_key(key), str)


@settings(max_examples=300, deadline=None)
@given(st.lists(mangled(STATE), max_size=3))
def test_any_state_is_read(state: list[Any]) -> None:
    found = delivery(state)
    assert isinstance(found, Delivery)
    assert found.why.isprintable()
    assert len(found.why) < 1000


@pytest.mark.parametrize(
    "name", ["`code`", "**bold**", "[a](http://b)", "a\nb", "<b>", "x" * 1000]
)
def test_the_name_of_a_bridge_is_no_more_than_a_name(name: str) -> None:
    why = delivery([{"type": "m.bridge", "content": {"protocol": {"displayname": name}}}]).why
    assert why.startswith("this room is bridged to ")
    assert not set("`*[]<>\n") & set(why)
    assert len(why) < 200
