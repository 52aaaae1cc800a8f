"""Streams with wishes, as a room sees them."""

from __future__ import annotations

import itertools
from typing import Any

from llmstream.chunks import TaskUpdate
from llmstream.matrix.buttons import Press
from llmstream.plan import StreamingPlan
from llmstream.post import post
from tests.faults import FINE, FORBIDDEN
from tests.homeserver import Homeserver
from tests.posting import ALICE, ROOM, frames, script
from tests.reacting import react
from tests.virtual_time import virtual_time


@virtual_time
async def test_a_streaming_plan_puts_all_tasks_on_top_if_so_wished(homeserver: Homeserver) -> None:
    def stream() -> Any:
        return script("First words.", TaskUpdate("1", "Look", "complete"), " More.", 1)

    client = homeserver.client()
    await post(client, ROOM, StreamingPlan(stream(), group_tasks="plan"))
    await post(client, ROOM, StreamingPlan(stream()))
    assert frames(homeserver, 0)[-1].body.startswith("- ✅ Look")
    assert frames(homeserver, 1)[-1].body.startswith("First words.")


@virtual_time
async def test_a_streaming_plan_keeps_its_interval_and_its_placeholder(
    homeserver: Homeserver,
) -> None:
    words = script(3, *[step for number in range(100) for step in (f"word{number} ", 0.1)])
    plan = StreamingPlan(words, update_interval_ms=2_000, placeholder="One moment…")
    await post(homeserver.client(), ROOM, plan)
    first, *edits, _ = frames(homeserver)
    assert first.body == "One moment…"
    gaps = [b.at - a.at for a, b in itertools.pairwise(edits)]
    assert min(gaps) >= 1.98


@virtual_time
async def test_end_with_places_buttons_in_order_and_hears_them(homeserver: Homeserver) -> None:
    client = homeserver.client()
    pressed: list[Press] = []

    async def on_button(press: Press) -> None:
        pressed.append(press)

    plan = StreamingPlan(["Words."], end_with=["👍", "👎"], on_button=on_button)
    posted = await post(client, ROOM, plan)
    await react(client, "👎", posted.event_ids[-1])
    assert pressed == [Press("👎", ALICE, posted.event_ids[-1])]
    reactions = [event for event in homeserver.events if event.type == "m.reaction"]
    assert [event.content["m.relates_to"] for event in reactions] == [
        {"rel_type": "m.annotation", "event_id": posted.event_ids[-1], "key": key}
        for key in ("👍", "👎")
    ]


@virtual_time
async def test_a_room_without_reactions_still_has_the_message(homeserver: Homeserver) -> None:
    client = homeserver.client()
    await post(client, ROOM, "before")
    plan = StreamingPlan(["Words."], end_with=["👍", "👎"])
    homeserver.order([FINE, FORBIDDEN])
    posted = await post(client, ROOM, plan)
    assert posted.status == "complete"
    assert [event.type for event in homeserver.events] == ["m.room.message"] * 2
