"""What becomes of an answer that is to go on, where the bot or the room is not what it was."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llmstream.bot.answering.answer import begin
from llmstream.bot.answering.repair import repair, repair_room, stop_left
from llmstream.bot.answering.running import INTERRUPTED, PAUSED, SHUT_OUT, STOPPED, RunningAnswer
from llmstream.bot.incoming.reactions import reacted
from llmstream.bot.room.history import asked as read_anew
from llmstream.bot.store import Streams
from llmstream.chunks import Text
from llmstream.document import Document
from llmstream.matrix.content.style import Ending
from llmstream.matrix.reading.annotations import Annotation
from llmstream.post import post

from ...faults import FORBIDDEN, Answer
from ..commands.commanding import ALICE, CONFIG, ROOM, CommandedBot, Town
from .left import is_asked, is_left, is_live, is_removed, is_shown, kept, of_bot

GOES_ON = f"{CONFIG}defaults: {{provider: demo, on_restart: go_on, history_messages: 0}}\n"


async def is_paused(bot: CommandedBot, *, ago: float = 0.0) -> tuple[str, str]:
    """A question and the message of its answer, of a model that is configured no more."""
    asked = await is_asked(bot)
    event_id = await is_shown(bot, "The sky", {"m.in_reply_to": {"event_id": asked}})
    keys = {"event_ids": (event_id,), "provider": "gone", "model": "none"}
    await is_left(bot, asked, Text("The sky"), created_at=time.time() - ago, **keys)
    return asked, event_id


async def test_another_model_goes_on_where_its_own_is_configured_no_more(tmp_path: Path) -> None:
    async with CommandedBot.laid_in(tmp_path, GOES_ON) as bot:
        asked, event_id = await is_paused(bot)
        await repair(bot.instance)
        [writing] = bot.instance.running
        await writing.over()
        one = await kept(bot, asked)
        assert one.text.startswith("The sky")
        assert (one.provider, one.status, one.event_ids) == ("demo", "complete", (event_id,))


async def test_without_it_the_answer_gets_its_end(tmp_path: Path) -> None:
    async with CommandedBot.laid_in(tmp_path, CONFIG) as bot:
        asked, event_id = await is_paused(bot)
        await repair(bot.instance)
        assert not is_live(bot, event_id)
        assert (await kept(bot, asked)).text == "The sky"


@pytest.mark.parametrize("waits", [False, True])
async def test_one_that_goes_on_is_stopped_as_any_other(tmp_path: Path, waits: bool) -> None:
    """Also where it waits behind another, or has only just begun."""
    async with CommandedBot.laid_in(tmp_path, GOES_ON) as bot:
        asked, event_id = await is_paused(bot)
        async with bot.instance.running.turn(asked) if waits else nullcontext():
            await repair(bot.instance)
            [writing] = bot.instance.running
            assert writing.conversation == asked
            await asyncio.sleep(0.05 if waits else 0)
            await reacted(bot.instance, Annotation(ROOM, ALICE, event_id, "⏹"))
            await writing.over()
        assert not is_live(bot, event_id)
        assert "Stopped." in bot.town.shown(event_id)
        one = await kept(bot, asked)
        assert one.status == "stopped"
        events = len(bot.town.events)
        await repair(bot.instance)
        assert len(bot.town.events) == events


async def test_in_a_room_that_was_left_it_waits_until_we_are_there_again(tmp_path: Path) -> None:
    async with CommandedBot.laid_in(tmp_path, GOES_ON) as bot:
        asked, event_id = await is_paused(bot)
        bot.town.order([FORBIDDEN] * 3, ROOM)
        await repair(bot.instance)
        await all_over(bot)
        assert await bot.instance.store.streams.rooms() == {ROOM}
        bot.town.order_nothing()
        await repair_room(bot.instance, ROOM)
        await all_over(bot)
        assert not is_live(bot, event_id)
        assert bot.town.shown(event_id).startswith("The sky")
        assert (await kept(bot, asked)).event_ids == (event_id,)


async def all_over(bot: CommandedBot) -> None:
    """Nothing is being written any more."""
    for writing in bot.instance.running:
        await writing.over()


async def says_that_it_goes_on(bot: CommandedBot) -> tuple[str, str]:
    """A question, and the message of its answer that a stop of the bot has left."""
    asked = await is_asked(bot)
    posted = await post(
        bot.instance.client,
        ROOM,
        "The sky",
        name="the-one",
        reply_to=asked,
        conclude=lambda *_: PAUSED,
    )
    assert PAUSED.note in bot.town.shown(posted.event_ids[0])
    return asked, posted.event_ids[0]


async def says_so_after_a_start(bot: CommandedBot, kept_text: str) -> tuple[str, str]:
    """An answer that said so, of which so much was kept; then the next process has done what it
    does.
    """
    asked, event_id = await says_that_it_goes_on(bot)
    await is_left(bot, asked, Text(kept_text), event_ids=(event_id,))
    await repair(bot.instance)
    await all_over(bot)
    return asked, event_id


@pytest.mark.parametrize("config", [GOES_ON, CONFIG])
async def test_that_it_goes_on_stands_there_no_longer_than_it_does(
    tmp_path: Path, config: str
) -> None:
    """The next process had taken it up, and died before the room saw more."""
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        asked, event_id = await says_so_after_a_start(bot, "The sky")
        assert (await kept(bot, asked)).text.startswith("The sky")
        shown = bot.town.shown(event_id)
        assert PAUSED.note not in shown
        assert (INTERRUPTED.note in shown) == (config == CONFIG)


@pytest.mark.parametrize("ending", [Ending("complete", ""), STOPPED, INTERRUPTED, SHUT_OUT])
async def test_an_end_that_the_room_has_not_seen_takes_its_place(
    tmp_path: Path, ending: Ending
) -> None:
    async with CommandedBot.laid_in(tmp_path, GOES_ON) as bot:
        asked, event_id = await says_that_it_goes_on(bot)
        concluded = {"state": "concluded", "status": ending.status, "note": ending.note}
        await is_left(bot, asked, Text("The sky is blue."), event_ids=(event_id,), **concluded)
        await repair(bot.instance)
        shown = bot.town.shown(event_id)
        assert shown.startswith(f"The sky is blue.\n\n{ending.note}".strip())
        assert PAUSED.note not in shown
        assert (await kept(bot, asked)).status == ending.status


async def test_an_end_counts_that_the_database_has_not_heard_of(tmp_path: Path) -> None:
    async with CommandedBot.laid_in(tmp_path, GOES_ON) as bot:
        asked = await is_asked(bot)
        posted = await post(bot.instance.client, ROOM, "All.", name="the-one", reply_to=asked)
        await is_left(bot, asked, Text("A"), event_ids=posted.event_ids, note=PAUSED.note)
        events = len(bot.town.events)
        await repair(bot.instance)
        assert not list(bot.instance.running)
        assert len(bot.town.events) == events
        assert (await kept(bot, asked)).text == "All."


@pytest.mark.parametrize("steps", [0, 1, 2, 5, 20])
async def test_it_is_stopped_at_any_moment_of_its_beginning(tmp_path: Path, steps: int) -> None:
    """Also where what the room bears is just being asked of the homeserver."""
    async with CommandedBot.laid_in(tmp_path, GOES_ON) as bot:
        asked, event_id = await says_that_it_goes_on(bot)
        await is_left(bot, asked, Text("The sky"), event_ids=(event_id,), note=PAUSED.note)
        repairing = asyncio.create_task(repair(bot.instance))
        while not list(bot.instance.running):  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0)
        bot.instance.capabilities.forget(ROOM)
        for _ in range(steps):
            await asyncio.sleep(0)
        await stop_left(bot.instance, "the-one")
        await all_over(bot)
        await repairing
        assert PAUSED.note not in bot.town.shown(event_id)
        assert (await kept(bot, asked)).status == "stopped"


@pytest.mark.parametrize("steps", [0, 1, 2, 5])
async def test_nothing_is_left_of_one_that_is_stopped_before_the_room_has_any(
    tmp_path: Path, steps: int
) -> None:
    async with CommandedBot.laid_in(tmp_path, CONFIG) as bot:
        event_id = await is_asked(bot)
        situation = await bot.instance.situation_in(ROOM)
        question = await read_anew(bot.instance.client, ROOM, event_id, situation)
        assert question is not None
        bot.instance.capabilities.forget(ROOM)
        await begin(bot.instance, question, situation)
        for _ in range(steps):
            await asyncio.sleep(0)
        [writing] = bot.instance.running
        await writing.stopped()
        assert of_bot(bot) == []
        assert await bot.instance.store.streams.rooms() == set()


async def test_it_goes_on_from_what_the_room_shows(tmp_path: Path) -> None:
    """The process had died before it had kept what it had sent."""
    async with CommandedBot.laid_in(tmp_path, GOES_ON) as bot:
        asked = await is_asked(bot)
        event_id = await is_shown(bot, "The sky is", {"m.in_reply_to": {"event_id": asked}})
        await is_left(bot, asked, Text("The"), event_ids=(event_id,))
        await repair(bot.instance)
        [writing] = bot.instance.running
        await writing.over()
        edits = [one.content["m.new_content"]["body"] for one in bot.town.edits(event_id)]
        assert all("The sky is" in body for body in edits)
        assert (await kept(bot, asked)).text.startswith("The sky is")


async def test_what_is_refused_as_it_goes_on_ends_where_the_room_took_it_again_meanwhile(
    tmp_path: Path,
) -> None:
    """Our power was given back, or the room upgraded, in the moment in which we started."""
    async with CommandedBot.laid_in(tmp_path, GOES_ON) as bot:
        asked, event_id = await is_paused(bot)
        bot.town.order([FORBIDDEN], ROOM)
        async with bot.instance.running.turn("settle the-one"):
            settling = asyncio.create_task(repair(bot.instance))
            again = asyncio.create_task(repair_room(bot.instance, ROOM))
            await asyncio.sleep(0.2)
        await asyncio.gather(settling, again)
        assert not list(bot.instance.running)
        assert not is_live(bot, event_id)
        assert (await kept(bot, asked)).event_ids == (event_id,)


class Far(Town):
    """A homeserver that takes its time to say what is in a room."""

    async def answer(self, user_id: str, method: str, path: str, body: bytes) -> Answer:
        if method == "GET":
            await asyncio.sleep(0.01)
        return await super().answer(user_id, method, path, body)


async def test_what_was_asked_first_goes_on_first(tmp_path: Path) -> None:
    """There is more to be looked at for what is shown than for what waits behind it."""
    async with CommandedBot.laid_in(tmp_path, GOES_ON, Far()) as bot:
        bot.town.members = {ALICE: "Alice", bot.town.bot: "LLM"}
        first, _ = await says_that_it_goes_on(bot)
        second = await is_asked(bot, "in German?")
        earlier = await is_left(bot, first, Text("The sky"), event_ids=(of_bot(bot)[0].event_id,))
        after = replace(earlier.answer, question_id=second, created_at=time.time() + 1)
        waiting = replace(earlier, id="another", state="asked", answer=after, document=Document())
        database = bot.instance.store.answers._database
        await Streams(database).save(waiting.in_messages(()))
        begun: list[str] = []
        begin = bot.instance.running.begin

        def begins(answer: RunningAnswer, work: Coroutine[Any, Any, None]) -> None:
            begun.append(answer.id)
            begin(answer, work)

        bot.instance.running.begin = begins  # type: ignore[method-assign]
        await repair(bot.instance)
        assert begun == ["the-one", "another"]


@pytest.mark.parametrize("config", [GOES_ON, CONFIG])
async def test_nothing_is_taken_away_where_the_database_has_less_of_it(
    tmp_path: Path, config: str
) -> None:
    """It took nothing when the bot was stopped."""
    async with CommandedBot.laid_in(tmp_path, config) as bot:
        asked, event_id = await says_so_after_a_start(bot, "The")
        edits = [one.content["m.new_content"]["body"] for one in bot.town.edits(event_id)]
        assert edits
        assert all("The sky" in body for body in edits)
        assert (await kept(bot, asked)).text.startswith("The sky")


async def test_what_somebody_has_removed_does_not_go_on(tmp_path: Path) -> None:
    async with CommandedBot.laid_in(tmp_path, GOES_ON) as bot:
        _, event_id = await is_paused(bot)
        await is_removed(bot, event_id)
        events = len(bot.town.events)
        await repair(bot.instance)
        assert not list(bot.instance.running)
        assert len(bot.town.events) == events
        assert await bot.instance.store.streams.rooms() == set()
