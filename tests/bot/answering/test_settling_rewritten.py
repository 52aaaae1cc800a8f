"""What becomes of an answer of several messages that was being written once more: the new one may
need fewer of them, or more.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from llmstream.bot.answering.repair import repair
from llmstream.bot.answering.running import PAUSED
from llmstream.bot.incoming.reactions import reacted
from llmstream.chunks import Text
from llmstream.matrix.reading.annotations import Annotation
from llmstream.post import post

from ..commands.commanding import ALICE, CONFIG, ROOM, CommandedBot
from ..incoming.hearing import Hearing
from .left import is_asked, is_left, kept, of_bot
from .test_going_on import GOES_ON, all_over
from .test_settling_unkept import LONG

FIRST = LONG * 20


async def is_answered(bot: CommandedBot) -> tuple[str, tuple[str, ...]]:
    """A question, and the messages of its first answer."""
    asked = await is_asked(bot)
    posted = await post(bot.instance.client, ROOM, FIRST, reply_to=asked, name="before")
    assert len(posted.event_ids) > 2
    left = await is_left(bot, asked, Text(FIRST), event_ids=posted.event_ids)
    await bot.instance.store.answers.save(replace(left.answer, status="complete"), ends=left.id)
    return asked, posted.event_ids


def standing(bot: CommandedBot) -> list[str]:
    """The messages of the bot that nobody has removed."""
    removed = {one.content.get("redacts") for one in bot.town.events}
    messages = (one.event_id for one in of_bot(bot) if one.type == "m.room.message")
    return [one for one in messages if one not in removed]


@pytest.mark.parametrize("text", ["", FIRST])
@pytest.mark.parametrize("config", [CONFIG, GOES_ON])
async def test_no_word_is_written_into_a_message_that_was_removed(
    tmp_path: Path, config: str, text: str
) -> None:
    """What the new one did not need was removed when the bot was stopped."""
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        asked, event_ids = await is_answered(bot)
        paused = {"conclude": lambda *_: PAUSED, "rewrite": event_ids, "name": "the-one"}
        await post(bot.instance.client, ROOM, [], **paused)  # type: ignore[arg-type]
        assert standing(bot) == [event_ids[0]]
        chunks = [Text(text)] if text else []
        await is_left(bot, asked, *chunks, event_ids=event_ids, note=PAUSED.note)
        await repair(bot.instance)
        await all_over(bot)
        one = await kept(bot, asked)
        assert list(one.event_ids) == standing(bot)
        if text or config == CONFIG:  # the first one is back
            assert FIRST.strip() in "".join(map(bot.town.shown, one.event_ids))
        await reacted(bot.instance, Annotation(ROOM, ALICE, event_ids[0], "🔁"))
        await all_over(bot)
        assert list((await kept(bot, asked)).event_ids) == standing(bot)


async def test_what_it_has_replaced_does_not_stay_under_its_end(bot: CommandedBot) -> None:
    """The process had died before it could remove that."""
    asked, event_ids = await is_answered(bot)
    await post(bot.instance.client, ROOM, "Short.", rewrite=event_ids[:1], name="the-one")
    concluded = {"state": "concluded", "status": "complete", "note": ""}
    await is_left(bot, asked, Text("Short."), event_ids=event_ids, **concluded)
    await repair(bot.instance)
    assert standing(bot) == [event_ids[0]]
    one = await kept(bot, asked)
    assert (one.text, one.event_ids) == ("Short.", event_ids[:1])


async def test_that_we_remove_what_is_not_needed_makes_no_answer_forgotten(
    tmp_path: Path,
) -> None:
    """The first one may yet have to come back; and one that goes on is not stopped."""
    async with Hearing.laid_in(tmp_path, CONFIG) as room:
        asked, event_ids = await is_answered(room.bot)
        removal = {"redacts": event_ids[1]}
        await room.hears(room.bot.town.bot, removal, "m.room.redaction", **removal)
        assert (await kept(room.bot, asked)).text == FIRST
