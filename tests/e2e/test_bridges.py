"""Every platform behind a bridge, side by side: what its people read, and by how many edits."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from llmstream.matrix.reading.platforms import Platform, platforms

from ..bed.bed import Bed, Bot
from ..bed.bridge import Bridge, Portal
from ..bed.models import ModelServer, Reply
from ..bed.models.server import Received
from ..bridged import bridge, features
from ..far_side import FarSide, far_side
from .scene import INTERVAL_MS, configuration

PLATFORMS = {name: one for name, one in platforms().items() if one.protocols}
PIECE = 20  # words that come at once
SHORT, LONG = 200, 3_600  # words: about 300 and 5,000 tokens
SECONDS = {SHORT: 1.5, LONG: 4.0}


def words(count: int) -> Iterator[str]:
    for number in range(count):
        yield f"**word{number}**" if number % 10 == 0 else f"word{number}"
        yield "\n\n" if number % 60 == 59 else " "


def says(received: Received) -> Reply:
    count = int(received.body["messages"][-1]["content"].split()[-1])
    said = list(words(count))
    pieces = ["".join(said[at : at + 2 * PIECE]) for at in range(0, len(said), 2 * PIECE)]
    return Reply(pieces, delay=SECONDS.get(count, 0.1) / len(pieces))


def read(count: int) -> str:
    """An answer of so many words as people read it, without white space."""
    return "".join("".join(words(count)).replace("**", "").split())


@pytest.fixture
async def bot(bed: Bed, models: ModelServer) -> AsyncIterator[Bot]:
    models.answer_with(says)
    bot = await bed.bot(configuration(models, footer=False, include_names=False))
    yield bot
    await bed.dismiss(bot)


@pytest.fixture
async def bridged(bed: Bed) -> AsyncIterator[Bridge]:
    async with Bridge.up(bed.synapse) as bridge:
        yield bridge


async def test_every_platform_reads_all_of_every_answer_and_nothing_twice(
    bridged: Bridge, bot: Bot
) -> None:
    async def asked(name: str, platform: Platform) -> None:
        portal = await bridged.portal(bot.user_id, far_side(name), bridge(platform.protocols[0]))
        await reads_both(portal, platform.edits)
        check_pace(portal, platform)

    async def declared(name: str, edits: bool, **declares: Any) -> None:
        state = bridge(PLATFORMS[name].protocols[0]), features(formatting={"bold": 2}, **declares)
        portal = await bridged.portal(bot.user_id, far_side(name), *state)
        await reads_both(portal, edits)

    signal = {"edit_max_count": 10, "edit_max_age": 86_400, "max_text_length": 2_000}
    await asyncio.gather(
        *(asked(name, platform) for name, platform in PLATFORMS.items()),
        declared("signal", True, edit=2, **signal),
        declared("whatsapp", True, edit=2, edit_max_age=900, max_text_length=65_536),
        declared("slack", False, edit=-2, max_text_length=40_000),
    )


async def reads_both(portal: Portal, edits: bool) -> None:
    """They ask for a short answer and for a long one, and read both whole."""
    for times, count in enumerate((SHORT, LONG), 1):
        await portal.says(f"!ask for {count}")
        await portal.answered(times)
    assert portal.far.text == read(SHORT) + read(LONG)
    assert portal.far.dropped == 0
    assert bool(edits_of(portal)) is edits


def edits_of(portal: Portal) -> Counter[str]:
    """How many edits each message has had."""
    return Counter(seen.edits for seen in portal.seen if seen.edits)


def check_pace(portal: Portal, platform: Platform) -> None:
    """The last edit of a message waits for nothing, and the others keep their distance."""
    interval = max(INTERVAL_MS, platform.interval_ms) / 1000
    for event_id, count in edits_of(portal).items():
        sent = [seen.sent_at for seen in portal.seen if event_id in (seen.id, seen.edits)]
        assert count <= (max(sent) - min(sent)) / interval + 2


async def test_what_a_bridge_says_later_and_what_its_people_say_in_words(
    bridged: Bridge, bot: Bot
) -> None:
    portal = await bridged.portal(bot.user_id, far_side("slack"), bridge("slackgo"))
    await portal.says(f"!ask for {SHORT}")
    await portal.answered()
    assert edits_of(portal)
    before = len(portal.seen)
    lost = features(edit=-1, formatting={"bold": 2})
    await portal.own.set_state(portal.room_id, lost["type"], lost["content"], lost["state_key"])
    await portal.says("!llm status")
    await portal.reads("bridged to Slack, which does not take a stream of edits")
    await portal.answered(2)

    portal.far = FarSide(resends=True)
    await portal.says("!ask again")
    await portal.answered(3)
    assert portal.far.text == read(SHORT)
    assert not [seen for seen in portal.seen[before:] if seen.edits]
