"""What people do to a message of ours that the server has, before it has told us so."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from llmstream.bot.answering.running import IN_FLIGHT, STOPPED
from tests.bridged import bridge

from ...faults import DROPPED_AFTER
from ...virtual_time import virtual_time
from ..answering.left import of_bot
from ..commands.commanding import ALICE, MODERATOR, ROOM
from ..room.rooms import said
from .hearing import Hearing
from .test_in_place_of_reactions import reply_to

CONFIG = """\
providers: {demo: {type: demo}}
defaults: {provider: demo, history_messages: 0, context_messages: 0}
"""


async def is_shown(room: Hearing) -> str:
    """An answer's first event is in the room, and its response on the way. Its id."""
    room.comes(ALICE, said("!ask why?"))
    while not (shown := of_bot(room.bot)):  # noqa: ASYNC110  # nothing tells of it
        await asyncio.sleep(0.01)
    [writing] = room.bot.instance.running
    assert not writing.messages
    return shown[0].event_id


def pressed(key: str, event_id: str) -> dict[str, object]:
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": key}}


def test_a_message_whose_response_is_lost_is_stopped(tmp_path: Path) -> None:
    @virtual_time
    async def scene() -> None:
        async with Hearing.laid_in(tmp_path, CONFIG) as room:
            room.bot.town.order([DROPPED_AFTER], ROOM)
            event_id = await is_shown(room)
            room.comes(ALICE, pressed("⏹️", event_id), "m.reaction")
            [writing] = room.bot.instance.running
            await writing.over()
            assert "Stopped." in room.bot.town.shown(event_id)

    scene()


@pytest.mark.parametrize("by", ["reaction", "word", "removal"])
async def test_it_is_stopped_once_it_is_known_whose_it_is(tmp_path: Path, by: str) -> None:
    async with Hearing.laid_in(tmp_path) as room:
        room.bot.town.state = [bridge("irc")] if by == "word" else []
        hers, his = room.bot.writes(ALICE), room.bot.writes(MODERATOR)
        match by:
            case "word":
                room.comes(ALICE, {**said("stop"), **reply_to("$late")})
            case "reaction":
                room.comes(ALICE, pressed("⏹️", "$late"), "m.reaction")
            case _:
                room.comes(MODERATOR, {"redacts": "$late"}, "m.room.redaction")
        await asyncio.sleep(0.05)
        room.bot.instance.running.begun(his, "$other")
        await asyncio.sleep(0.05)
        room.bot.instance.running.begun(hers, "$late")
        await hers.over()
        assert (hers.ending, his.ending) == (STOPPED, None)


def test_what_is_pressed_under_somebody_elses_message_is_not_waited_for_long(
    tmp_path: Path,
) -> None:
    @virtual_time
    async def scene() -> None:
        async with Hearing.laid_in(tmp_path) as room:
            writing = room.bot.writes(ALICE)
            clock = asyncio.get_running_loop()
            began = clock.time()
            await room.hears(ALICE, pressed("❌", "$hers"), "m.reaction")
            assert IN_FLIGHT <= clock.time() - began < IN_FLIGHT + 5
            assert not writing.ending

    scene()
