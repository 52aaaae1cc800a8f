"""What the person on the far side of a bridge reads of a post, whatever the bridge drops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.chunks import TaskUpdate, Text
from llmstream.matrix.content.lines import plain
from llmstream.matrix.content.style import Notify, Style
from llmstream.matrix.reading.bridges import STATE, delivery
from llmstream.plan import Plan, StreamingPlan
from llmstream.post import Posted, post
from tests.bridged import Bridged, bridge, features, seen
from tests.far_side import FarSide
from tests.posting import ROOM, script
from tests.virtual_time import virtual_time

FORMATS = {"bold": 2}
WHATSAPP = (bridge("whatsapp"), features(edit=2, edit_max_age=900, formatting=FORMATS))
SIGNAL = (
    bridge("signal"),
    features(
        edit=2, edit_max_count=10, edit_max_age=86_400, max_text_length=2_000, formatting=FORMATS
    ),
)


async def slow(words: int, seconds: float) -> AsyncIterator[str]:
    for number in range(words):
        yield f"word{number} " + ("\n\n" if number % 20 == 19 else "")
        await asyncio.sleep(seconds / words)


def squeezed(posted: Posted) -> str:
    return "".join(posted.text.split())


@pytest.mark.parametrize("seconds", [5, 600, 1_200, 4_000])
def test_an_answer_is_whole_where_edits_are_taken_for_fifteen_minutes(seconds: int) -> None:
    @virtual_time
    async def scene() -> None:
        homeserver = Bridged(*WHATSAPP)
        posted = await post(homeserver.client(), ROOM, slow(300, seconds), name="one")
        far = seen(homeserver, FarSide(edit_seconds=900))
        assert (far.text, far.dropped) == (squeezed(posted), 0)
        assert (len(far.messages) > 1) == (seconds > 900)

    scene()


@virtual_time
async def test_a_model_that_thinks_too_long_is_answered_in_a_new_message() -> None:
    homeserver = Bridged(*WHATSAPP)
    posted = await post(homeserver.client(), ROOM, script(1_800, "At last."), name="one")
    far = seen(homeserver, FarSide(edit_seconds=900))
    *before, last = far.messages.values()
    assert last.text == posted.text == "At last."
    assert far.dropped == 0
    assert {one.text.split(".")[0] for one in before} == {"This takes longer"}


@virtual_time
async def test_ten_edits_are_enough_for_any_answer() -> None:
    homeserver = Bridged(*SIGNAL)
    posted = await post(homeserver.client(), ROOM, slow(900, 900))
    far = seen(homeserver, FarSide(edit_count=10, longest=2_000))
    assert (far.text, far.dropped) == (squeezed(posted), 0)


@virtual_time
async def test_where_edits_are_few_a_second_try_is_a_message_of_its_own() -> None:
    homeserver = Bridged(*SIGNAL)
    client = homeserver.client()
    first = await post(client, ROOM, slow(20, 200), name="one")
    await post(client, ROOM, script("Another."), rewrite=first.event_ids, name="one")
    assert seen(homeserver, FarSide(edit_count=10)).text == "Another."


@pytest.mark.parametrize("declared", [-2, -1, 0, "2", None, [2]])
def test_no_setting_brings_edits_to_where_they_are_lost(declared: Any) -> None:
    @virtual_time
    async def scene() -> None:
        homeserver = Bridged(bridge("slackgo"), features(edit=declared, formatting=FORMATS))
        style = Style(stream="edits")
        posted = await post(homeserver.client(), ROOM, slow(100, 10), style=style)
        far = seen(homeserver, FarSide(corrections=False))
        assert (far.text, far.dropped) == (squeezed(posted), 0)

    scene()


@virtual_time
async def test_a_question_is_seen_and_answered_where_there_are_no_edits() -> None:
    homeserver = Bridged(bridge("irc"))
    asks = TaskUpdate("1", "box: sh", "in_progress", question="Run `ls`?")
    again = TaskUpdate("2", "box: sh", "in_progress", question="Run `rm`?")
    done = [TaskUpdate(one.id, one.title, "complete", question="") for one in (asks, again)]
    stream = script(asks, 5, done[0], again, 5, done[1], Text("All done."))
    await post(homeserver.client(), ROOM, stream, name="one")
    shown = [one.content["body"] for one in homeserver.events if one.type == "m.room.message"]
    assert "ls" in shown[0]
    assert "rm" in shown[1]
    assert "All done." in shown[2]
    assert not [one for one in homeserver.events if one.target]


@virtual_time
async def test_a_plan_is_posted_where_there_are_no_edits() -> None:
    homeserver = Bridged(bridge("irc"))
    plan = Plan("Looking…")
    await post(homeserver.client(), ROOM, plan)
    async with plan:
        await plan.add_task("Look it up")
        await plan.complete("Found")
    far = seen(homeserver, FarSide(corrections=False))
    assert (len(far.messages), far.dropped) == (1, 0)
    assert "Found" in far.text


@virtual_time
async def test_irc_gets_lines_of_plain_text() -> None:
    homeserver = Bridged(bridge("irc"))
    text = "# Title\n\n**Bold** [link](https://x.org) and " + "many words " * 200 + "\n\n- a\n- b"
    await post(homeserver.client(), ROOM, text)
    (message,) = homeserver.messages(ROOM)
    assert "formatted_body" not in message.content
    lines = message.content["body"].splitlines()
    assert all(line and len(line.encode()) <= 410 for line in lines)
    assert "Bold link (https://x.org) and" in message.content["body"]
    assert lines[-2:] == ["- a", "- b"]


@virtual_time
async def test_the_length_is_that_of_what_the_bridge_makes_of_it() -> None:
    homeserver = Bridged(bridge("telegram"))
    rows = "".join(f"| {'x' * (200 if n == 0 else 1)} | 😀 |\n" for n in range(60))
    await post(homeserver.client(), ROOM, f"| a | b |\n|---|---|\n{rows}")
    for message in homeserver.messages(ROOM):
        html = message.content["formatted_body"]
        assert len(plain(html).encode("utf-16-le")) // 2 <= 4_096


def test_a_bridge_without_features_has_not_those_of_another() -> None:
    slack = features("a", edit=2, formatting=FORMATS)
    assert not delivery([bridge("slackgo", "a"), slack, bridge("irc", "b")]).edits
    gone = {"type": "m.bridge", "state_key": "a", "content": {}}
    assert delivery([gone, features("a", edit=0)]).edits
    assert not delivery([features("a", edit=0)]).edits


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("edit", "edit_max_count", "edit_max_age", "max_text_length", "formatting"),
                    *("allowed_reactions", "reaction", "protocol", "id", "displayname", "table"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from(sorted(STATE)), "state_key": _JSON, "content": _JSON}
        ),
        max_size=6,
    )
)
def test_no_state_of_a_room_breaks_an_answer(state: list[Any]) -> None:
    style = delivery(state).shape(Style())
    assert style.max_edits > 0
    assert style.longest_text >= 0
    assert style.bounds.edit_seconds >= 0


@virtual_time
async def test_nobody_is_told_twice_that_it_takes_longer() -> None:
    homeserver = Bridged(*WHATSAPP)
    await post(homeserver.client(), ROOM, script(4_000, "At last."))
    assert len(seen(homeserver, FarSide(edit_seconds=900)).messages) == 2


@virtual_time
async def test_no_state_fills_a_room_with_messages() -> None:
    homeserver = Bridged(bridge("x"), features(edit=2, edit_max_age=1, max_text_length=1))
    await post(homeserver.client(), ROOM, slow(100, 300), style=Style(stream="edits"))
    assert len(homeserver.messages(ROOM)) < 20


@pytest.mark.parametrize("notify", ["done", "first", "never"])
@pytest.mark.parametrize("protocol", ["slackgo", "signal", "irc"])
def test_bridges_drop_notices_and_there_are_none(protocol: str, notify: Notify) -> None:
    @virtual_time
    async def scene() -> None:
        homeserver = Bridged(bridge(protocol))
        posted = await post(homeserver.client(), ROOM, slow(500, 10), style=Style(notify=notify))
        far = seen(homeserver, FarSide(notices=False))
        assert (far.text, far.dropped) == (squeezed(posted), 0)
        shown = [one.content for one in homeserver.events]
        assert {one["msgtype"] for one in shown} == {"m.text"}

    scene()


@pytest.mark.parametrize(("most", "offered"), [(1, ["🔁"]), (0, ["🔁", "👍"])])
def test_no_more_buttons_are_offered_than_arrive(most: int, offered: list[str]) -> None:
    @virtual_time
    async def scene() -> None:
        homeserver = Bridged(bridge("whatsapp"), features(reaction=2, reaction_count=most))
        await post(homeserver.client(), ROOM, StreamingPlan(slow(5, 1), end_with=["🔁", "👍"]))
        reactions = [one.content for one in homeserver.events if one.type == "m.reaction"]
        assert [one["m.relates_to"]["key"] for one in reactions] == offered

    scene()
