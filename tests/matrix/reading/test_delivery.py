"""Through the bridges: every platform its own way of streaming, and nothing of an answer lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from llmstream.matrix.content.style import About, Style
from llmstream.matrix.reading.bridges import delivery
from llmstream.matrix.reading.capabilities import Capabilities
from llmstream.matrix.reading.delivery import Delivery
from llmstream.matrix.reading.platforms import Platform, platforms
from llmstream.post import Posted, post
from tests.bridged import Bridged, bridge, features, member, seen
from tests.far_side import far_side
from tests.faults import Answer
from tests.homeserver import Homeserver
from tests.posting import ALICE, ROOM
from tests.virtual_time import virtual_time

SENTENCE = "Every word of this has to arrive, on whichever side one reads it. "
BY_NAME = {name: one for name, one in platforms().items() if one.protocols}


async def answer(sentences: int) -> AsyncIterator[str]:
    for number in range(sentences):
        for word in SENTENCE.split(" "):
            yield f"{word} "
            await asyncio.sleep(0.02)
        yield "\n\n" if number % 5 == 4 else ""


async def posted_into(homeserver: Homeserver, sentences: int, **options: Any) -> Posted:
    return await post(
        homeserver.client(),
        ROOM,
        answer(sentences),
        mention=ALICE,
        about=About("work", "a-model-with-a-name", footer=True),
        **options,
    )


@pytest.mark.slow
@pytest.mark.parametrize("sentences", [20, 330], ids=["300 tokens", "5000 tokens"])
@pytest.mark.parametrize("name", BY_NAME)
def test_the_whole_answer_arrives_within_what_the_platform_bears(
    name: str, sentences: int
) -> None:
    platform = BY_NAME[name]

    @virtual_time
    async def scene() -> None:
        homeserver = Bridged(bridge(platform.protocols[0]))
        posted = await posted_into(homeserver, sentences)
        far = seen(homeserver, far_side(name))
        text, footer = far.text.split("a-model-with-a-name")
        assert text == "".join(posted.text.split())
        assert (len(far.messages), far.dropped) == (len(posted.event_ids), 0)
        assert len(footer) < 40
        for message in homeserver.messages(ROOM):
            *edits, _ = [message, *homeserver.edits(message.event_id)]
            assert platform.edits or not homeserver.edits(message.event_id)
            gaps = [later.at - before.at for before, later in pairwise(edits)]
            assert min(gaps, default=60) >= platform.interval_ms / 1000
            if platform.most_edits:
                assert len(edits) <= platform.most_edits + 1

    scene()


@virtual_time
async def test_a_room_without_bridges_streams_as_ever() -> None:
    homeserver = Bridged(member(ALICE), {"type": "m.room.name", "content": {"name": "x"}})
    await posted_into(homeserver, 20)
    (message,) = homeserver.messages(ROOM)
    assert len(homeserver.edits(message.event_id)) > 5
    assert delivery(homeserver.state) == Delivery()


def test_what_a_bridge_declares_wins_over_the_table() -> None:
    signal = delivery([bridge("signal"), features(edit=2, edit_max_count=10, edit_max_age=86_400)])
    assert (signal.edits, signal.most_edits, signal.longest_text) == (True, 8, 2_000)
    telegram = delivery([bridge("telegram"), features(edit=-1, max_text_length=1_000)])
    assert (telegram.edits, telegram.longest_text) == (False, 1_000)
    whatsapp = delivery([bridge("whatsapp"), features(edit=2, edit_max_age=900)])
    assert (whatsapp.edits, whatsapp.edit_seconds) == (True, 900)
    assert not delivery([bridge("slackgo"), features(edit=2, edit_max_age=60)]).edits


def test_of_several_bridges_the_tightest_of_each_limit_holds() -> None:
    found = delivery([bridge("slackgo", "a"), bridge("discordgo", "b", displayname="Discord")])
    assert (found.edits, found.interval_ms, found.longest_text) == (True, 1_500, 2_000)
    assert found.why == "this room is bridged to Slack; this room is bridged to Discord"
    assert not delivery([bridge("slackgo", "a"), bridge("irc", "b")]).edits


def test_each_bridge_has_the_features_that_it_has_declared_itself() -> None:
    found = delivery(
        [
            bridge("slackgo", "a"),
            features("a", edit=2, max_text_length=40_000),
            bridge("telegram", "b"),
            features("b", edit=2, max_text_length=4_000),
        ]
    )
    assert (found.edits, found.longest_text) == (True, 4_000)


def test_a_bridge_that_is_gone_and_one_that_nobody_knows() -> None:
    assert delivery([{"type": "m.bridge", "state_key": "x", "content": {}}]) == Delivery()
    assert not delivery([bridge("carrier-pigeon")]).edits


def test_ghosts_tell_of_a_bridge_that_has_left_no_state() -> None:
    found = delivery([member(ALICE), member("@telegram_12345:example.org")])
    assert (found.longest_text, found.interval_ms) == (4_096, 3_500)
    assert delivery([member("@telegram_1:example.org", "leave")]) == Delivery()
    assert delivery([member("@telegram:example.org")]) == Delivery()


def test_rooms_of_many_people_are_slow() -> None:
    people = [member(f"@person{n}:example.org") for n in range(150)]
    assert delivery(people).interval_ms == 2_000
    assert delivery(people).most_edits == 0
    servers = [member(f"@person:server{n}.org") for n in range(12)]
    assert delivery(servers).why == "this room is on 12 servers"
    assert delivery(people * 1).shape(Style()).max_edits == 60
    crowd = [member(f"@person{n}:example.org") for n in range(1_200)]
    assert delivery(crowd).shape(Style()).max_edits == 30


def test_a_rooms_own_setting_wins_except_where_text_would_be_lost() -> None:
    found = delivery([bridge("whatsapp")])
    assert found.shape(Style()).single
    forced = found.shape(Style(stream="edits"))
    assert (forced.single, forced.longest_text) == (False, 60_000)
    assert delivery([]).shape(Style(stream="single")).single
    assert found.shape(Style(reasoning="collapsed")).reasoning == "status"
    assert found.shape(Style(longest_text=500)).longest_text == 500


@virtual_time
async def test_the_state_is_asked_for_once_and_again_when_it_has_changed() -> None:
    homeserver = Bridged(bridge("irc"))
    client = homeserver.client()
    for _ in range(3):
        await post(client, ROOM, "Words.")
    assert homeserver.asked == 1
    homeserver.state = []
    Capabilities.of_client(client).forget(ROOM)
    assert (await Capabilities.of_client(client).of(ROOM)).edits
    assert homeserver.asked == 2


@virtual_time
async def test_a_ghost_who_comes_tells_of_a_bridge_and_the_next_one_of_nothing_new() -> None:
    homeserver = Bridged()
    room = Capabilities.of_client(homeserver.client())
    assert (await room.of(ROOM)).edits
    room.joined(ROOM, ALICE)
    await room.of(ROOM)
    assert homeserver.asked == 1
    homeserver.state = [member("@irc_libera_carl:example.org")]
    for nick in ("carl", "dan", "eve"):
        room.joined(ROOM, f"@irc_libera_{nick}:example.org")
        assert not (await room.of(ROOM)).edits
    assert homeserver.asked == 2


@virtual_time
async def test_a_server_that_does_not_say_is_not_asked_with_every_post() -> None:
    homeserver = Bridged()
    client, asked = homeserver.client(), []

    async def refuse(user_id: str, method: str, path: str, body: bytes) -> Answer:
        asked.append(path)
        return Answer(403, b'{"errcode":"M_FORBIDDEN","error":"no"}')

    room = Capabilities.of_client(client)
    homeserver.answer = refuse  # type: ignore[method-assign]
    assert await room.of(ROOM) == await room.of(ROOM) == Delivery()
    assert len(asked) == 1


def test_the_readme_has_the_whole_table() -> None:
    page = (Path(__file__).parents[3] / "README.md").read_text()
    _, _, table = page.partition("| platform | the Chat SDK | here |")
    rows = [line for line in table.partition("\n\n")[0].splitlines() if line.startswith("| ")]
    assert rows == [row(platform) for platform in platforms().values()]


def row(platform: Platform) -> str:
    way = "one message" if platform.html else "one message, plain text"
    if platform.edits:
        most = f", {platform.most_edits} a message" if platform.most_edits else ""
        way = f"edits, at least {max(500, platform.interval_ms) / 1000:g} s apart{most}"
    longest = f"{platform.longest_text:,}" if platform.longest_text else "as many as an event has"
    return f"| {platform.name} | {platform.chat_sdk} | {way} | {longest} | {platform.why} |"


@virtual_time
async def test_a_key_of_an_encrypted_room_lasts_for_several_answers() -> None:
    """It is good for a hundred events, and the next has to be told to every device."""
    encryption = {
        "type": "m.room.encryption",
        "state_key": "",
        "content": {"algorithm": "m.megolm.v1.aes-sha2"},
    }
    homeserver = Bridged(encryption)
    await posted_into(homeserver, 60)  # a quarter of a minute
    (message,) = homeserver.messages(ROOM)
    assert 5 < len(homeserver.edits(message.event_id)) <= 15
    found = delivery([encryption])
    assert found.why == "this room is encrypted"
    assert found.shape(Style()).max_edits * 3 <= 100
