"""Rooms of many people: the gaps between edits as the room has them, and who may overrule what."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from llmstream.matrix.content.style import Style
from llmstream.post import post
from tests.bridged import Bridged, bridge, features, member
from tests.homeserver import Homeserver
from tests.posting import ROOM, words
from tests.virtual_time import virtual_time


def people(count: int, servers: int = 1) -> list[dict[str, Any]]:
    return [member(f"@person{n}:server{n % servers}.org") for n in range(count)]


async def posted_into(*state: dict[str, Any], style: Style | None = None) -> Homeserver:
    """A room after an answer that has taken two minutes."""
    homeserver = Bridged(*state)
    posted = await post(homeserver.client(), ROOM, words(1_200, 0.1), style=style)
    assert homeserver.shown(posted.event_ids[0]).split() == posted.text.split()
    return homeserver


def edits(homeserver: Homeserver) -> int:
    (message,) = homeserver.messages(ROOM)
    return len(homeserver.edits(message.event_id))


def least_gap(homeserver: Homeserver) -> float:
    """Seconds between two events of the message; its last edit waits for nothing."""
    *written, _ = homeserver.events
    return min(later.at - before.at for before, later in pairwise(written))


@pytest.mark.parametrize(
    ("count", "servers", "seconds", "most"),
    [
        (2, 2, 0.5, 60),
        (100, 10, 0.5, 60),
        (101, 1, 2.0, 60),
        (12, 11, 2.0, 60),
        (1_001, 1, 2.0, 30),
    ],
)
def test_the_more_people_the_fewer_edits(
    count: int, servers: int, seconds: float, most: int
) -> None:
    @virtual_time
    async def scene() -> None:
        homeserver = await posted_into(*people(count, servers))
        assert seconds <= least_gap(homeserver) < seconds * 1.5
        assert most / 2 < edits(homeserver) <= most + 1

    scene()


@pytest.mark.parametrize(
    ("style", "count"),
    [
        (Style(stream="single"), 0),
        (Style(stream="edits"), 60),
        (Style(edit_interval_ms=9_000), 13),
    ],
)
def test_a_style_makes_it_slower_and_never_faster(style: Style, count: int) -> None:
    @virtual_time
    async def scene() -> None:
        homeserver = await posted_into(*people(150), style=style)
        assert abs(edits(homeserver) - count) <= max(1, count // 3)
        if count:
            assert least_gap(homeserver) >= max(2.0, style.edit_interval_ms / 1000)

    scene()


@virtual_time
async def test_a_style_streams_where_auto_does_not_but_loses_nothing() -> None:
    assert edits(await posted_into(bridge("whatsapp"))) == 0
    assert edits(await posted_into(bridge("whatsapp"), style=Style(stream="edits"))) > 10
    lost = bridge("whatsapp"), features(edit=0, formatting={"bold": 2})
    assert edits(await posted_into(*lost, style=Style(stream="edits"))) == 0


@virtual_time
async def test_the_tightest_of_people_and_bridge_holds() -> None:
    homeserver = await posted_into(bridge("slackgo"), *people(150))
    assert least_gap(homeserver) >= 2.0
    edited = Style(stream="edits")
    homeserver = await posted_into(bridge("whatsapp"), *people(150), style=edited)
    assert least_gap(homeserver) >= 5.0
