"""What is kept of an answer whose end the room has, where the database had failed before it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from llmstream.bot.answering.repair import repair
from llmstream.chunks import Finish, Reasoning, TaskUpdate, Text, Usage
from llmstream.matrix.content.style import About, Ending, Style
from llmstream.post import Posted, post

from ..commands.commanding import ROOM, CommandedBot
from .left import is_asked, is_left, is_shown, kept

CHUNKS = (
    *(Reasoning("Let me think."), Text("It scatters.\n\n"), TaskUpdate("1", "Look", "complete")),
    *(Text("All of it."), Usage(10, 20), Finish("stop")),
)
LONG = "".join(f"Sentence {number} of a long answer.\n\n" for number in range(160))


async def is_written(bot: CommandedBot, question_id: str, *chunks: object) -> Posted:
    """The room has all of it, with everything that can stand around an answer's words."""

    async def stream() -> AsyncIterator[object]:
        for chunk in chunks:
            yield chunk

    return await post(
        bot.instance.client,
        ROOM,
        stream(),
        reply_to=question_id,
        style=Style(reasoning="collapsed", longest_text=3000),
        about=About("home", "llama3.2", footer=True),
        conclude=lambda *_: Ending("complete", "⚠️ What it has used is not counted."),
        name="the-one",
    )


@pytest.mark.parametrize("is_begun", [True, False])
async def test_the_text_is_kept_without_what_stands_around_it(
    bot: CommandedBot, is_begun: bool
) -> None:
    asked = await is_asked(bot)
    posted = await is_written(bot, asked, *CHUNKS)
    assert "llama3.2" in bot.town.shown(posted.event_ids[0])
    await is_left(bot, asked, Text("It")) if not is_begun else await is_left(
        bot, asked, Text("It"), event_ids=posted.event_ids
    )
    events = len(bot.town.events)
    await repair(bot.instance)
    assert len(bot.town.events) == events
    one = await kept(bot, asked)
    assert (one.text, one.status) == ("It scatters.\n\nAll of it.", "complete")


async def test_an_answer_without_words_is_kept_without_any(bot: CommandedBot) -> None:
    asked = await is_asked(bot)
    await is_written(bot, asked, Reasoning("Let me think."))
    await is_left(bot, asked)
    await repair(bot.instance)
    assert (await kept(bot, asked)).text == ""


@pytest.mark.parametrize("known", [0, 1, 2])
async def test_an_answer_of_several_messages_is_kept_with_all_of_them(
    bot: CommandedBot, known: int
) -> None:
    asked = await is_asked(bot)
    posted = await is_written(bot, asked, Text(LONG))
    assert len(posted.event_ids) > 2
    await is_left(bot, asked, Text(LONG[:100]), event_ids=posted.event_ids[:known])
    events = len(bot.town.events)
    await repair(bot.instance)
    assert len(bot.town.events) == events
    one = await kept(bot, asked)
    assert one.event_ids == posted.event_ids
    assert one.text.split() == LONG.split()
    assert one.text.rstrip() == LONG.rstrip()


async def test_a_shorter_answer_that_took_the_place_of_a_longer_one_stays_whole(
    bot: CommandedBot,
) -> None:
    asked = await is_asked(bot)
    posted = await is_written(bot, asked, *CHUNKS)
    gone = await is_shown(bot, "More of the first.", {"m.in_reply_to": {"event_id": asked}})
    await bot.instance.scheduler.redact(ROOM, gone)
    await is_left(bot, asked, Text("It"), event_ids=(*posted.event_ids, gone))
    events = len(bot.town.events)
    await repair(bot.instance)
    assert len(bot.town.events) == events
    one = await kept(bot, asked)
    assert (one.text, one.event_ids) == ("It scatters.\n\nAll of it.", posted.event_ids)


async def test_one_that_is_being_written_over_a_longer_one_gets_its_end(
    bot: CommandedBot,
) -> None:
    """The last message is the earlier answer's still, and finished; the first is not."""
    asked = await is_asked(bot)
    event_id = await is_shown(bot, "The sky is", {"m.in_reply_to": {"event_id": asked}})
    earlier = await post(bot.instance.client, ROOM, "The end of the first.", name="before")
    await is_left(bot, asked, Text("The sky"), event_ids=(event_id, *earlier.event_ids))
    await repair(bot.instance)
    assert "org.matrix.msc4357.live" not in bot.town.messages_of(event_id)[-1].content
    assert bot.town.shown(event_id).startswith("The sky is\n\n⚠️ Interrupted")


async def test_what_several_messages_have_shown_stays_where_it_was_cut(bot: CommandedBot) -> None:
    asked = await is_asked(bot)
    posted = await is_written(bot, asked, Text(LONG))
    first, *later = posted.event_ids
    bot.town.events = [
        one for one in bot.town.events if not {one.event_id, one.target} & set(later)
    ]
    relation = {"m.in_reply_to": {"event_id": asked}}
    content = bot.town.messages_of(first)[-1].content
    final = content.get("m.new_content", content)
    [[_, end, _]] = final["dev.llmstream.answer"]["text"]
    await is_shown(bot, "And it went on", relation, at=end)
    await is_left(bot, asked, Text(LONG[:100]), event_ids=(first,))
    await repair(bot.instance)
    one = await kept(bot, asked)
    assert one.text.startswith(LONG[:1500])
    assert one.text.endswith("And it went on")
    shown = "".join(map(bot.town.shown, one.event_ids))
    assert shown.startswith(f"{one.text}\n\n⚠️ Interrupted")
