"""What was left is settled rightly also where the homeserver bundles and filters nothing."""

from __future__ import annotations

from typing import Any

import pytest

from llmstream.bot.answering.repair import repair
from llmstream.bot.answering.running import INTERRUPTED
from llmstream.bot.incoming.answered import look_in_room
from llmstream.bot.room.triggers import Question
from llmstream.chunks import Text
from llmstream.matrix.content.events import BEGUN, LIVE
from llmstream.post import post

from ..commands.commanding import ALICE, MODERATOR, ROOM, CommandedBot
from .left import is_asked, is_left, is_live, is_shown, kept, of_bot


@pytest.fixture(autouse=True)
def bare(bot: CommandedBot) -> None:
    bot.town.is_bare = True


async def test_a_finished_answer_is_not_written_over(bot: CommandedBot):
    asked = await is_asked(bot)
    event_id = await is_shown(bot, "All")
    await is_left(bot, asked, Text("All"), event_ids=(event_id,))
    await post(bot.instance.client, ROOM, "All of it.", name="the-one", rewrite=(event_id,))
    events = len(bot.town.events)
    await repair(bot.instance)
    assert len(bot.town.events) == events
    assert (await kept(bot, asked)).text == "All of it."


async def is_shown_instead(bot: CommandedBot, event_id: str, body: str, by: str = "") -> None:
    """An edit of what is being written, by the bot itself or by somebody who may not."""
    new = {"msgtype": "m.notice", "body": body, LIVE: {}, BEGUN: {"text": [[0, len(body), 0]]}}
    relation = {"rel_type": "m.replace", "event_id": event_id}
    content = {**new, "body": f"* {body}", "m.new_content": new, "m.relates_to": relation}
    client: Any = bot.town.client(by)
    await client.send_message_event(ROOM, "m.room.message", content)


@pytest.mark.parametrize("is_known", [True, False])
async def test_what_was_shown_last_stays(bot: CommandedBot, is_known: bool):
    asked = await is_asked(bot)
    relation = {"m.in_reply_to": {"event_id": asked}}
    event_id = await is_shown(bot, "The sky", relation)
    await is_shown_instead(bot, event_id, "The sky is blue")
    await is_shown_instead(bot, event_id, "The sky is a lie", by=ALICE)
    await is_left(bot, asked, Text("The sky is"), event_ids=(event_id,) if is_known else ())
    await repair(bot.instance)
    assert [one.event_id for one in of_bot(bot)] == [event_id]
    assert bot.town.shown(event_id).startswith(f"The sky is blue\n\n{INTERRUPTED.note}")
    assert not is_live(bot, event_id)


async def test_an_earlier_answer_to_the_same_question_stays(bot: CommandedBot):
    asked = await is_asked(bot)
    earlier = await is_shown(bot, "Once", {"m.in_reply_to": {"event_id": asked}})
    await post(bot.instance.client, ROOM, "Once more.", name="before", rewrite=(earlier,))
    await is_left(bot, asked, Text("And now"))
    await repair(bot.instance)
    assert bot.town.shown(earlier) == "Once more."
    assert len(of_bot(bot)) == 2


async def test_what_others_are_writing_is_not_ours(bot: CommandedBot):
    asked = await is_asked(bot)
    theirs = await is_shown(bot, "Hm", {"m.in_reply_to": {"event_id": asked}}, by=MODERATOR)
    assert not await look_in_room(bot.instance, Question(asked, ROOM, ALICE, "why?", 0))
    await is_left(bot, asked)
    await repair(bot.instance)
    assert bot.town.edits(theirs) == []
    [told] = of_bot(bot)
    assert bot.town.shown(told.event_id) == INTERRUPTED.note
