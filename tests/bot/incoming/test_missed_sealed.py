"""What was asked while nobody listened, encrypted, and whose key comes only later.

The room itself is in clear here, so that what the bot says can be read.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from mautrix.types import RoomID, SessionID

from llmstream.bot.incoming.unreadable import NO_KEY

from ...virtual_time import virtual_time
from ..answering.left import of_bot
from ..commands.commanding import ALICE, CONFIG, ROOM, CommandedBot
from ..room.encrypting import IDENTITY, Sender, crypto
from ..room.rooms import said
from .test_missed import Absence

TELL = f"{CONFIG}defaults: {{missed_questions: tell}}\n"


async def sealed(absence: Absence, by: Sender) -> str:
    """A question that was encrypted by Alice's device. Its id."""
    content = {**by.encrypted(said("!ask why?")), "msgtype": None, "body": None}
    return await absence.missed(type="m.room.encrypted", content=content)


async def key_comes(bot: CommandedBot, of: Sender) -> None:
    store = bot.instance.client.crypto.crypto_store
    key = SessionID(of.inbound.id)
    await store.put_group_session(RoomID(ROOM), IDENTITY, key, of.inbound)


@pytest.mark.parametrize("is_removed", [False, True])
def test_it_is_seen_to_when_its_key_has_come(tmp_path: Path, is_removed: bool) -> None:
    @virtual_time
    async def scene() -> None:
        async with CommandedBot.laid_in(tmp_path, TELL) as bot:
            early, late, absence = Sender(), Sender(), Absence(bot)
            client = bot.instance.client
            client.crypto = await crypto(client, early, of=ALICE)
            first, second = await sealed(absence, early), await sealed(absence, late)
            if is_removed:
                removal = {"msgtype": None, "body": None, "redacts": second}
                await absence.missed(type="m.room.redaction", event_id="$removal", content=removal)
            coming = asyncio.create_task(absence.comes_back())
            await asyncio.sleep(4)
            assert replied(absence) == [first]
            await key_comes(bot, late)
            await coming
            assert replied(absence) == ([first] if is_removed else [first, second])

    scene()


@pytest.mark.parametrize("is_alone", [True, False])
def test_of_what_stays_unreadable_who_talks_to_the_bot_alone_hears_once(
    tmp_path: Path, is_alone: bool
) -> None:
    @virtual_time
    async def scene() -> None:
        async with CommandedBot.laid_in(tmp_path, TELL) as bot:
            absence = Absence(bot)
            bot.instance.client.crypto = await crypto(bot.instance.client, Sender())
            if is_alone:
                bot.town.members = {ALICE: "Alice", bot.town.bot: "LLM"}
            await sealed(absence, Sender())
            newest = await sealed(absence, Sender())
            await absence.comes_back()
            said = [one.content for one in of_bot(bot)]
            if is_alone:
                [told] = said
                assert NO_KEY in told["body"]
                assert told["m.relates_to"]["m.in_reply_to"]["event_id"] == newest
            else:
                assert said == []

    scene()


def replied(absence: Absence) -> list[str]:
    return [one.content["m.relates_to"]["m.in_reply_to"]["event_id"] for one in absence.told]
