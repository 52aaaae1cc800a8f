"""What becomes at the next start of messages that a crash has left half-written."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from llmstream.bot.answering.repair import repair, repair_room
from llmstream.bot.answering.running import INTERRUPTED
from llmstream.bot.store import Answer, Spending, Streams
from llmstream.chunks import Finish, Reasoning, TaskUpdate, Usage
from llmstream.post import post
from tests.homeserver import MARK

from ...faults import FORBIDDEN, UNKNOWN_EVENT, Fault
from ..commands.commanding import ALICE, ROOM, CommandedBot
from ..store.database import unfinished

LEFT = Answer(
    event_id="$open",
    room_id=ROOM,
    question_id="$question",
    thread_root="",
    asker=ALICE,
    provider="home",
    model="llama3.2",
    text="The sky is",
    status="interrupted",
    created_at=round(time.time()),
    event_ids=("$open",),
)


SHOWN = "The sky is blue since the air scatters it"


async def crashed(bot: CommandedBot, *lefts: Answer) -> None:
    """Let these have been written when an earlier process died, and start."""
    for left in lefts:
        await earlier(bot).save(unfinished(left))
    bot.instance = replace(bot.instance, started_at=int(time.time() * 1000) + 1000)
    await repair(bot.instance)


def earlier(bot: CommandedBot) -> Streams:
    """The table as another process has used it, or will."""
    return Streams(bot.instance.store.answers._database)


@pytest.fixture
async def open_message(bot: CommandedBot) -> AsyncIterator[str]:
    """A message that shows `SHOWN`, and would never be finished."""

    async def stream() -> AsyncIterator[str]:
        yield SHOWN
        await asyncio.Event().wait()

    begun = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        post(bot.instance.client, ROOM, stream(), on_begun=begun.set_result)
    )
    yield await begun
    task.cancel()
    await asyncio.wait([task])


async def is_left(bot: CommandedBot) -> list[str]:
    left = await earlier(bot).left_over()
    return [one.answer.event_id for one in left]


async def test_the_message_is_finished_in_place_and_kept_as_an_answer(bot: CommandedBot):
    await crashed(bot, LEFT)

    [edit] = bot.town.edits("$open")
    content = edit.content["m.new_content"]
    shown, _, footer = content["body"].removeprefix(MARK).rpartition("\n\n")
    assert shown == f"The sky is\n\n{INTERRUPTED.note}"
    assert footer.startswith("llama3.2 · ")
    assert content["msgtype"] == "m.text"
    assert "org.matrix.msc4357.live" not in {*content, *edit.content}
    assert content["dev.llmstream.answer"]["status"] == "interrupted"
    kept = await bot.instance.store.answers.by_event(ROOM, "$open")
    assert kept is not None
    assert (kept.text, kept.status, kept.question_id) == ("The sky is", "interrupted", "$question")
    assert await is_left(bot) == []


async def test_it_is_finished_once(bot: CommandedBot):
    await crashed(bot, LEFT)
    await repair(bot.instance)
    assert len(bot.town.edits("$open")) == 1


async def test_an_answer_that_is_being_written_now_is_left_alone(bot: CommandedBot):
    await bot.instance.store.streams.save(unfinished(replace(LEFT, created_at=time.time())))
    await repair(bot.instance)
    assert bot.town.events == []
    assert await bot.instance.store.streams.get("$open")


async def test_messages_that_the_text_does_not_need_any_more_are_removed(bot: CommandedBot):
    await crashed(bot, replace(LEFT, event_ids=("$open", "$more")))
    [removal] = [event for event in bot.town.events if event.type == "m.room.redaction"]
    assert removal.content["redacts"] == "$more"
    kept = await bot.instance.store.answers.by_question(ROOM, "$question")
    assert kept is not None
    assert kept.event_ids == ("$open",)


async def test_what_went_on_from_an_answer_is_kept_with_it(bot: CommandedBot):
    asked = time.time() - 60
    begun = replace(LEFT, event_id="$begun", text="Why? ", event_ids=("$begun",), created_at=asked)
    await bot.instance.store.answers.save(begun)
    await crashed(bot, LEFT)
    kept = await bot.instance.store.answers.by_event(ROOM, "$open")
    assert kept is not None
    assert (kept.event_id, kept.text) == ("$begun", "Why? The sky is")
    assert kept.event_ids == ("$begun", "$open")


@pytest.mark.parametrize("refusal", [FORBIDDEN, UNKNOWN_EVENT], ids=["kicked", "gone"])
async def test_a_room_that_refuses_does_not_stop_the_next(
    bot: CommandedBot, refusal: Fault, caplog: pytest.LogCaptureFixture
):
    bot.town.order([refusal], room_id=ROOM)
    await crashed(bot, LEFT, replace(LEFT, event_id="$b", room_id="!b:here", event_ids=("$b",)))
    assert len(bot.town.edits("$b")) == 1
    assert f"half-written answer in {ROOM} stays so" in caplog.text
    # We may be let in again; a message that is gone does not come back.
    assert await is_left(bot) == (["$open"] if refusal is FORBIDDEN else [])
    await repair_room(bot.instance, ROOM)
    assert await is_left(bot) == []
    assert len(bot.town.edits("$open")) == (1 if refusal is FORBIDDEN else 0)


async def test_typing_ends_that_has_outlived_its_process(bot: CommandedBot):
    await crashed(bot, LEFT)
    assert [on for _, _, on in bot.town.typing] == [False]


async def test_what_is_older_than_the_retention_is_forgotten(bot: CommandedBot, tmp_path: Path):
    await earlier(bot).save(unfinished(LEFT))
    with closing(sqlite3.connect(tmp_path / "bot.db")) as database:
        database.execute("UPDATE open_answers SET updated_at = updated_at - 91 * 86400000")
        database.commit()
    await crashed(bot)
    assert bot.town.events == []
    assert await is_left(bot) == []


async def test_what_a_crash_left_unsettled_counts_as_used(bot: CommandedBot):
    asked = time.time() - 60
    await bot.instance.store.usage.reserve(
        Spending("one", ROOM, ALICE, "home", "llama3.2", 10, 1000, asked)
    )
    await crashed(bot)
    total = await bot.instance.store.usage.total(0)
    assert (total.unsettled, total.tokens) == (0, 1010)


class TestWhatPeopleHaveRead:
    """It is never taken away, and never written over."""

    async def test_words_shown_after_the_last_save_stay(
        self, bot: CommandedBot, open_message: str
    ):
        await crashed(bot, replace(LEFT, event_id=open_message, event_ids=(open_message,)))
        shown = bot.town.shown(open_message).removeprefix(MARK)
        assert shown.startswith(f"{SHOWN}\n\n{INTERRUPTED.note}")

    async def test_a_finished_message_is_not_written_over(self, bot: CommandedBot):
        posted = await post(bot.instance.client, ROOM, "All five hundred words.")
        [event_id] = posted.event_ids
        events = len(bot.town.events)
        await crashed(bot, replace(LEFT, event_id=event_id, event_ids=(event_id,), text="All"))
        assert len(bot.town.events) == events
        kept = await bot.instance.store.answers.by_event(ROOM, event_id)
        assert kept is not None
        assert (kept.text.removeprefix(MARK), kept.status) == (
            "All five hundred words.",
            "complete",
        )
        assert await is_left(bot) == []

    async def test_an_answer_that_was_kept_stays_as_it_was_kept(self, bot: CommandedBot):
        posted = await post(bot.instance.client, ROOM, "All five hundred words.")
        [event_id] = posted.event_ids
        left = replace(LEFT, event_id=event_id, event_ids=(event_id,), text="All")
        kept = replace(
            left, text="All *five hundred* words.", status="complete", created_at=LEFT.created_at
        )
        await bot.instance.store.answers.save(kept)
        await crashed(bot, left)
        assert await bot.instance.store.answers.by_event(ROOM, event_id) == kept

    async def test_an_end_that_was_not_delivered_is_delivered_as_it_was(
        self, bot: CommandedBot, open_message: str
    ):
        event_id = open_message
        left = replace(LEFT, event_id=event_id, event_ids=(event_id,), text="It scatters. ~~")
        concluded = unfinished(
            replace(left, status="complete"),
            Reasoning("Let me think."),
            TaskUpdate("1", "Look it up", "complete"),
            Usage(10, 20),
            Finish("stop"),
        )
        await earlier(bot).save(replace(concluded, seconds=4.0))
        await crashed(bot)
        [*_, edit] = bot.town.edits(event_id)
        content = edit.content["m.new_content"]
        assert INTERRUPTED.note not in content["body"]
        assert content["dev.llmstream.answer"]["status"] == "complete"
        assert content["dev.llmstream.answer"]["usage"]["output"] == 20
        assert "Look it up" in content["formatted_body"]
        assert "It scatters. ~~" in content["body"]
        assert "10 → 20 tokens · 4." in content["body"]
        kept = await bot.instance.store.answers.by_event(ROOM, event_id)
        assert kept is not None
        assert (kept.text, kept.status, kept.output_tokens) == (left.text, "complete", 20)


async def test_what_went_on_from_an_answer_and_was_refused_is_kept_with_it(bot: CommandedBot):
    """What of it had been shown was kept when the room took no more."""
    begun = replace(LEFT, event_id="$begun", text="Why? ", event_ids=("$begun",))
    await bot.instance.store.answers.save(begun.continued_by(LEFT))
    await crashed(bot, LEFT)
    kept = await bot.instance.store.answers.by_event(ROOM, "$open")
    assert kept is not None
    assert (kept.event_id, kept.text) == ("$begun", "Why? The sky is")
    assert kept.event_ids == ("$begun", "$open")
    assert await is_left(bot) == []
