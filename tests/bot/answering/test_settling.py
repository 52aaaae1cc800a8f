"""What becomes of one answer that an earlier process has left, at each point of its life."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from llmstream.bot.answering.repair import repair, repair_room
from llmstream.bot.answering.running import INTERRUPTED, PAUSED, SHUT_OUT
from llmstream.chunks import Finish, Reasoning, TaskUpdate, Text, Usage
from llmstream.post import post

from ...faults import BAD_GATEWAY, FORBIDDEN
from ...virtual_time import virtual_time
from ..commands.commanding import CONFIG, ROOM, CommandedBot
from .left import is_asked, is_left, is_live, is_shown, kept, of_bot


class TestAQuestionWithoutAnEvent:
    async def test_its_asker_is_told_in_one_line_that_can_be_answered_again(
        self, bot: CommandedBot
    ):
        asked = await is_asked(bot)
        await is_left(bot, asked)
        await repair(bot.instance)
        await repair(bot.instance)
        [told] = of_bot(bot)
        assert bot.town.shown(told.event_id) == INTERRUPTED.note
        assert told.content["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}
        assert (await kept(bot, asked)).event_id == told.event_id

    async def test_one_that_the_room_has_after_all_is_finished_where_it_is(
        self, bot: CommandedBot
    ):
        asked = await is_asked(bot)
        event_id = await is_shown(bot, "Thinking…", {"m.in_reply_to": {"event_id": asked}})
        await is_left(bot, asked, Text("The sky"))
        await repair(bot.instance)
        [answer] = of_bot(bot)
        assert answer.event_id == event_id
        assert bot.town.shown(event_id).startswith(f"The sky\n\n{INTERRUPTED.note}")
        assert not is_live(bot, event_id)

    async def test_a_first_event_still_on_its_way_at_the_crash_does_not_come_twice(
        self, bot: CommandedBot
    ):
        """The room does not show it yet, but the server knows its transaction."""
        asked = await is_asked(bot)
        event_id = await is_shown(bot, "Thinking…", txn_id="llmstream-the-one-0")
        await is_left(bot, asked)
        await repair(bot.instance)
        assert [one.event_id for one in of_bot(bot)] == [event_id]
        assert bot.town.shown(event_id) == INTERRUPTED.note
        assert not is_live(bot, event_id)

    @pytest.mark.parametrize("is_seen", [True, False])
    async def test_words_that_came_before_they_were_saved_stay(
        self, bot: CommandedBot, is_seen: bool
    ):
        asked = await is_asked(bot)
        relation = {"m.in_reply_to": {"event_id": asked}} if is_seen else None
        event_id = await is_shown(bot, "The sky is", relation, txn_id="llmstream-the-one-0")
        await is_left(bot, asked)
        await repair(bot.instance)
        assert [one.event_id for one in of_bot(bot)] == [event_id]
        assert bot.town.shown(event_id).startswith(f"The sky is\n\n{INTERRUPTED.note}")
        assert (await kept(bot, asked)).text == "The sky is"

    async def test_thoughts_above_them_are_no_words(self, bot: CommandedBot):
        asked = await is_asked(bot)
        html = "<details><summary>Thought for 3 s</summary>Hm.</details><p>The sky is</p>"
        body = "Thought for 3 s\n\nThe sky is"
        relation = {"m.in_reply_to": {"event_id": asked}}
        event_id = await is_shown(bot, body, relation, html=html, words="The sky is")
        await is_left(bot, asked)
        await repair(bot.instance)
        assert bot.town.shown(event_id).startswith(f"The sky is\n\n{INTERRUPTED.note}")

    async def test_an_answer_that_was_complete_comes_whole(self, bot: CommandedBot):
        asked = await is_asked(bot)
        await is_left(
            bot,
            asked,
            *(Reasoning("Hm."), Text("It scatters."), Usage(10, 20), Finish("stop")),
            state="concluded",
            status="complete",
            note="",
        )
        await repair(bot.instance)
        [answer] = of_bot(bot)
        assert bot.town.shown(answer.event_id) == (
            "It scatters.\n\nllama3.2 · 10 → 20 tokens · 4.0 s"
        )
        one = await kept(bot, asked)
        assert (one.text, one.status, one.output_tokens) == ("It scatters.", "complete", 20)

    async def test_after_a_week_nobody_is_told(self, bot: CommandedBot):
        asked = await is_asked(bot)
        await is_left(bot, asked, created_at=time.time() - 8 * 86400)
        await repair(bot.instance)
        assert of_bot(bot) == []
        assert await bot.instance.store.streams.rooms() == set()


async def test_what_was_cut_keeps_its_tasks_folded_thoughts_and_tokens(tmp_path: Path):
    config = f"{CONFIG}defaults: {{reasoning: collapsed}}\n"
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        event_id = await is_shown(bot, "The sky")
        chunks = (
            *(Reasoning("Let me think."), TaskUpdate("1", "Look it up", "in_progress")),
            *(Text("The sky is"), Usage(10, 20)),
        )
        await is_left(bot, await is_asked(bot), *chunks, event_ids=(event_id,))
        await repair(bot.instance)
        content = bot.town.edits(event_id)[-1].content["m.new_content"]
        html = content["formatted_body"]
        assert "Thoughts</summary><p>Let me think.</p>" in html
        assert "Look it up" in html
        assert "The sky is" in html
        assert "10 → 20 tokens · 4.0 s" in html
        assert content["dev.llmstream.answer"]["status"] == "interrupted"


class TestAnAnswerThatIsWrittenAgain:
    async def test_the_earlier_one_stays_where_nothing_of_the_new_one_was_shown(
        self, bot: CommandedBot
    ):
        asked = await is_asked(bot)
        posted = await post(bot.instance.client, ROOM, "The first one.", name="before")
        [event_id] = posted.event_ids
        earlier = replace(
            (await is_left(bot, asked, event_ids=(event_id,))).answer,
            text="The first one.",
            status="complete",
        )
        await bot.instance.store.answers.save(earlier)
        events = len(bot.town.events)
        await repair(bot.instance)
        assert len(bot.town.events) == events
        assert (await kept(bot, asked)).text == "The first one."

    @pytest.mark.parametrize("is_paused", [True, False])
    async def test_the_earlier_one_comes_back_where_no_word_of_the_new_one_was_shown(
        self, bot: CommandedBot, is_paused: bool
    ):
        asked = await is_asked(bot)
        event_id = await is_shown(bot, "Thinking…", {"m.in_reply_to": {"event_id": asked}})
        if is_paused:
            paused = {"conclude": lambda *_: PAUSED, "rewrite": [event_id], "name": "the-one"}
            await post(bot.instance.client, ROOM, [], **paused)  # type: ignore[arg-type]
        left = await is_left(bot, asked, event_ids=(event_id,))
        earlier = replace(left.answer, text="The first one.", status="complete")
        await bot.instance.store.answers.save(earlier)
        await repair(bot.instance)
        assert bot.town.shown(event_id).startswith(f"The first one.\n\n{INTERRUPTED.note}")
        assert not is_live(bot, event_id)
        assert (await kept(bot, asked)).text == "The first one."

    async def test_the_new_one_comes_where_it_was_complete(self, bot: CommandedBot):
        asked = await is_asked(bot)
        posted = await post(bot.instance.client, ROOM, "The first one.", name="before")
        concluded = {"state": "concluded", "status": "complete", "note": ""}
        await is_left(bot, asked, Text("The second one."), event_ids=posted.event_ids, **concluded)
        await repair(bot.instance)
        [answer] = of_bot(bot)
        assert bot.town.shown(answer.event_id).startswith("The second one.")
        assert (await kept(bot, asked)).text == "The second one."

    async def test_an_end_that_the_room_has_is_not_sent_again(self, bot: CommandedBot):
        asked = await is_asked(bot)
        posted = await post(bot.instance.client, ROOM, "All of it.", name="the-one")
        concluded = {"state": "concluded", "status": "complete", "note": ""}
        await is_left(
            bot, asked, Text("All of it."), Usage(1, 2), event_ids=posted.event_ids, **concluded
        )
        events = len(bot.town.events)
        await repair(bot.instance)
        assert len(bot.town.events) == events
        one = await kept(bot, asked)
        assert (one.text, one.status, one.output_tokens) == ("All of it.", "complete", 2)


class TestARoomThatTakesNothing:
    async def test_what_it_refused_is_finished_when_our_power_changes(self, bot: CommandedBot):
        asked = await is_asked(bot)
        event_id = await is_shown(bot, "The sky")
        await is_left(bot, asked, Text("The sky is"), event_ids=(event_id,), note=SHUT_OUT.note)
        bot.town.order([FORBIDDEN], ROOM)
        await repair(bot.instance)
        assert await bot.instance.store.streams.rooms() == {ROOM}
        await repair_room(bot.instance, ROOM)
        assert bot.town.shown(event_id).startswith(f"The sky is\n\n{SHUT_OUT.note}")
        await kept(bot, asked)

    async def test_a_server_that_is_away_is_tried_again(self, bot: CommandedBot):
        asked = await is_asked(bot)
        await is_left(bot, asked)
        bot.town.order([BAD_GATEWAY] * 3, ROOM)
        await repair(bot.instance)
        [told] = of_bot(bot)
        assert bot.town.shown(told.event_id) == INTERRUPTED.note

    def test_that_is_tried_again_where_the_server_is_busy_just_then(self, tmp_path: Path):
        @virtual_time
        async def scene() -> None:
            async with CommandedBot.laid_in(tmp_path) as bot:
                asked = await is_asked(bot)
                await is_left(bot, asked, Text("The sky is"), note=SHUT_OUT.note)
                bot.town.says_nothing = True
                settling = asyncio.create_task(repair_room(bot.instance, ROOM))
                await asyncio.sleep(60)
                assert of_bot(bot) == []
                bot.town.says_nothing = False
                await settling
                [told] = of_bot(bot)
                assert bot.town.shown(told.event_id).startswith("The sky is\n\n")

        scene()
