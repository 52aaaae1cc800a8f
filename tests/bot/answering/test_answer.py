"""One answer to its end, where the homeserver, the database or the bot itself fails meanwhile."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from llmstream.bot.answering.answer import begin
from llmstream.bot.answering.repair import repair, repair_room
from llmstream.bot.answering.running import INTERRUPTED, RunningAnswer
from llmstream.bot.incoming.questions import hear
from llmstream.bot.room.triggers import Question, Situation
from llmstream.bot.store import Answer, Store
from llmstream.matrix.reading.said import read
from llmstream.post import post
from tests.homeserver import MARK

from ...bed.models import ModelServer, Reply
from ...faults import BAD_GATEWAY, FORBIDDEN
from ..commands.commanding import ALICE, ROOM, CommandedBot

pytestmark = pytest.mark.slow

TEXT = "The sky is blue because the air scatters blue light most of all."
WORDS = len(TEXT.split())
CONFIG = """\
providers:
    work: {{type: openai, model: small, base_url: "{url}"}}
defaults: {{provider: work, history_messages: 0, footer: false, edit_interval_ms: 100}}
"""


async def until(look: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(10):
        while True:
            if look():
                return
            await asyncio.sleep(0.02)


class AnsweringBot:
    """A bot, its model and its room."""

    def __init__(self, bot: CommandedBot, models: ModelServer) -> None:
        self.bot, self.models, self.town = bot, models, bot.town

    async def asked(self, hold_after: int = WORDS) -> RunningAnswer:
        """A question whose answer is being written, and shown as far as the model has said it."""
        self.models.script(Reply(TEXT, hold_after=hold_after, delay=0.01))
        question = Question("$asked", ROOM, ALICE, "why?", 0)
        me = str(self.bot.instance.client.mxid)
        await begin(self.bot.instance, question, Situation(me, "", frozenset()))
        [answer] = self.bot.instance.running
        said = " ".join(TEXT.split()[:hold_after])
        await until(lambda: self.shown == said)
        return answer

    @property
    def shown(self) -> str:
        """What the room has of the answer."""
        messages = self.town.messages(ROOM)
        shown = self.town.shown(messages[0].event_id) if messages else ""
        return shown.removeprefix(MARK).strip()

    @property
    def is_live(self) -> bool:
        [message] = self.town.messages(ROOM)
        newest = (self.town.edits(message.event_id) or [message])[-1]
        return "org.matrix.msc4357.live" in newest.content

    async def kept(self) -> Answer | None:
        return await self.bot.instance.store.answers.by_question(ROOM, "$asked")

    async def starts_again(self) -> None:
        """The next start of the same bot."""
        now, database = int(time.time() * 1000) + 1, self.bot.instance.store.answers._database
        starting = repair(replace(self.bot.instance, started_at=now, store=Store(database)))
        with suppress(TimeoutError):  # what fails is tried again for ever
            await asyncio.wait_for(starting, 3)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[AnsweringBot]:
    async with ModelServer() as models:
        config = CONFIG.format(url=models.url_for("openai"))
        async with CommandedBot.laid_in(tmp_path, config) as bot:
            yield AnsweringBot(bot, models)


async def test_an_answer_is_shown_finished_and_kept(scene: AnsweringBot):
    answer = await scene.asked()
    scene.models.release()
    await answer.over()
    assert (scene.shown, scene.is_live) == (TEXT, False)
    kept = await scene.kept()
    assert kept is not None
    assert (kept.text, kept.status, kept.output_tokens) == (TEXT, "complete", 7)


async def test_an_answer_that_its_room_does_not_take_is_counted_as_such(scene: AnsweringBot):
    answer = await scene.asked()
    scene.town.order([FORBIDDEN] * 100, ROOM)
    scene.models.release()
    await answer.over()
    assert scene.bot.instance.tally.answers == {("work", "not_taken"): 1}


async def test_an_end_that_the_server_does_not_take_before_we_stop_comes_at_the_next_start(
    scene: AnsweringBot,
):
    answer = await scene.asked()
    scene.town.order([BAD_GATEWAY] * 100, ROOM)
    scene.models.release()
    await until(lambda: answer.concluded)
    await scene.bot.instance.running.stop_all(0.2)
    assert scene.is_live
    scene.town.order_nothing()

    await scene.starts_again()

    assert (scene.shown, scene.is_live) == (TEXT, False)
    kept = await scene.kept()
    assert kept is not None
    assert (kept.text, kept.status, kept.output_tokens) == (TEXT, "complete", 7)


async def test_what_is_refused_ends_where_the_room_took_it_again_before_we_knew(
    scene: AnsweringBot,
):
    answer = await scene.asked()
    scene.town.order([FORBIDDEN], ROOM)
    settling = asyncio.create_task(repair_room(scene.bot.instance, ROOM))
    scene.models.release()
    await asyncio.wait_for(settling, 10)
    assert not list(scene.bot.instance.running)
    assert (answer.concluded, scene.is_live) == (True, False)
    assert scene.shown == TEXT
    assert await scene.kept() is not None
    assert await scene.bot.instance.store.streams.rooms() == set()


async def test_what_stops_with_the_bot_keeps_all_that_was_said(scene: AnsweringBot):
    await scene.asked(hold_after=5)
    await scene.bot.instance.running.stop_all(5)
    said = " ".join(TEXT.split()[:5])
    assert scene.shown == f"{said}\n\n{INTERRUPTED.note}"
    await scene.starts_again()
    assert scene.shown == f"{said}\n\n{INTERRUPTED.note}"


async def test_a_second_try_that_stops_with_the_bot_before_its_first_word_costs_nothing(
    scene: AnsweringBot,
):
    answer = await scene.asked()
    scene.models.release()
    await answer.over()
    first = await scene.kept()
    scene.models.script(Reply("Something else.", hold_after=0))
    await begin(scene.bot.instance, answer.question, answer.situation, rewrites=first)
    await until(lambda: len(scene.models.requests) == 2)
    await scene.bot.instance.running.stop_all(5)
    assert scene.shown == f"{TEXT}\n\n{INTERRUPTED.note}"
    assert await scene.kept() == first


async def test_nor_does_one_that_stops_with_the_bot_before_the_room_is_known(
    scene: AnsweringBot, monkeypatch: pytest.MonkeyPatch
):
    answer = await scene.asked()
    scene.models.release()
    await answer.over()
    first = await scene.kept()
    looking, known = asyncio.Event(), asyncio.Event()

    async def is_encrypted(*_: object) -> bool:
        looking.set()
        return await known.wait() and False

    monkeypatch.setattr(sys.modules[post.__module__], "is_encrypted", is_encrypted)
    await begin(scene.bot.instance, answer.question, answer.situation, rewrites=first)
    await looking.wait()
    stopping = asyncio.create_task(scene.bot.instance.running.stop_all(5))
    await asyncio.sleep(0.1)
    known.set()
    await stopping
    assert scene.shown == f"{TEXT}\n\n{INTERRUPTED.note}"
    assert await scene.kept() == first


async def test_a_question_that_comes_again_is_not_answered_again(scene: AnsweringBot):
    answer = await scene.asked()
    event = {
        "type": "m.room.message",
        "event_id": "$asked",
        "room_id": ROOM,
        "sender": ALICE,
        "origin_server_ts": int(time.time() * 1000),
        "content": {"msgtype": "m.text", "body": "!ask why?"},
    }
    said = read(event)
    assert said is not None
    await hear(scene.bot.instance, said)
    scene.models.release()
    await answer.over()
    await hear(scene.bot.instance, said)
    assert not list(scene.bot.instance.running)
    assert len(scene.models.requests) == 1


class TestWhereTheDatabaseFails:
    async def lose(self, scene: AnsweringBot, table: str) -> None:
        database = scene.bot.instance.store.answers._database
        await database.execute(f"DROP TABLE {table}")

    @pytest.mark.parametrize("table", ["answer_parts", "usage", "open_answers"])
    async def test_at_its_end_the_answer_is_finished_all_the_same(
        self, scene: AnsweringBot, table: str
    ):
        answer = await scene.asked()
        await self.lose(scene, table)
        scene.models.release()
        await until(lambda: not scene.is_live)
        assert scene.shown == TEXT
        await answer.over()

    async def test_a_question_asked_without_it_is_answered(self, scene: AnsweringBot):
        for table in ("answer_parts", "usage", "open_answers", "resets"):
            await self.lose(scene, table)
        answer = await scene.asked()
        scene.models.release()
        await until(lambda: not scene.is_live)
        assert scene.shown.startswith(TEXT)
        await answer.over()

    async def test_the_next_start_does_not_write_over_it(self, scene: AnsweringBot):
        answer = await scene.asked()
        [writing] = scene.bot.instance.running
        left = await scene.bot.instance.store.streams.get(writing.id)
        await self.lose(scene, "answer_parts")
        scene.models.release()
        await answer.over()
        events = len(scene.town.events)
        assert left is not None
        await scene.bot.instance.store.streams.save(left)

        await scene.starts_again()

        assert len(scene.town.events) == events
        assert scene.shown == TEXT
