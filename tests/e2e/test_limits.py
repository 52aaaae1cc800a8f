"""How much people may ask, counted by what the provider reports, also when all ask at once."""

from __future__ import annotations

import asyncio
from typing import Any

from ..bed.bed import Bed
from ..bed.message import MARK, Message
from ..bed.models import ModelServer, Reply
from ..bed.person import Person
from .conftest import Stage
from .scene import Scene, configuration


def limited(models: ModelServer, **limits: int) -> dict[str, Any]:
    return configuration(models, footer=False) | {"limits": limits}


def is_refused(answer: Message) -> bool:
    return answer.answer is not None and answer.answer["status"] == "failed"


async def at_once(scene: Scene, questions: int) -> list[Message]:
    """So many questions in as many conversations at the same moment; all their answers."""
    async with asyncio.TaskGroup() as group:
        asked = [
            group.create_task(scene.alice.say(scene.room, f"!ask {number}"))
            for number in range(questions)
        ]
    return [await scene.reply(one.result()) for one in asked]


async def test_so_many_answers_an_hour_and_no_more_for_one_person(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(limited(models, answers_per_user_per_hour=2), bob)
    await scene.ask("one")
    await scene.ask("two")

    refused = await scene.ask("three")
    other = await scene.reply(await bob.say(scene.room, "!ask one of mine"))

    assert is_refused(refused)
    assert "asked 2 times in the last hour" in refused.body
    assert "60 minutes" in refused.body
    assert not is_refused(other)
    assert len(models.requests) == 3


async def test_tokens_of_a_day_as_the_provider_counts_them(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(limited(models, tokens_per_user_per_day=1000), bob)
    models.script(Reply("cheap", usage=(100, 100)), Reply("dear", usage=(500, 300)))

    answers = [await scene.ask("one"), await scene.ask("two"), await scene.ask("three")]
    other = await scene.reply(await bob.say(scene.room, "!ask one of mine"))

    assert [is_refused(one) for one in (*answers, other)] == [False, False, True, False]
    assert "1,000 tokens of today" in answers[2].body


async def test_tokens_of_a_room_are_everybody_s(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(limited(models, tokens_per_room_per_day=100), bob)
    models.script(Reply("dear", usage=(90, 10)))
    await scene.ask("one")

    refused = await scene.reply(await bob.say(scene.room, "!ask two"))

    assert is_refused(refused)
    assert "This room" in refused.body


async def test_costs_of_a_day_of_which_an_admin_hears_before_they_are_used(
    stage: Stage, bed: Bed, models: ModelServer, alice: Person, bob: Person
) -> None:
    config = limited(models, cost_per_user_per_day=1) | {"access": {"admins": [alice.user_id]}}
    config["providers"]["tested"] |= {"price_in": 1, "price_out": 10}
    scene = await stage(config, bob)
    office = await bed.room(alice, scene.bot)
    await alice.say(office, "!llm usage")
    models.script(Reply("dear", usage=(100_000, 75_000)), Reply("cheap", usage=(0, 20_000)))

    async def asked(question: str) -> Message:
        return await scene.reply(await bob.say(scene.room, question))

    answers = [await asked("!ask one")]
    told = await alice.until(
        lambda: [one for one in alice.messages(office, scene.bot.user_id) if "💰" in one.body]
    )
    answers += [await asked("!ask two"), await asked("!ask three")]

    assert [is_refused(one) for one in answers] == [False, False, True]
    assert "You have used the $1.00 of today" in answers[2].body
    assert f"`{bob.user_id}` has used $0.8500 of the $1.00" in told[0].body
    assert not is_refused(await scene.ask("one of mine"))
    assert [one for one in scene.said() if "💰" in one.body] == []


async def test_what_a_provider_does_not_count_is_estimated(
    stage: Stage, models: ModelServer
) -> None:
    scene = await stage(limited(models, tokens_per_user_per_day=50))
    models.script(Reply("many words " * 40, usage=None))
    await scene.ask("one")

    assert is_refused(await scene.ask("two"))


async def test_twenty_questions_at_once_do_not_pass_a_budget_of_one_answer(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(limited(models, answers_per_user_per_hour=1), bob)

    answers = await at_once(scene, 20)

    assert [is_refused(one) for one in answers].count(False) == 1
    assert len(models.requests) == 1


async def test_twenty_questions_at_once_do_not_pass_a_budget_of_tokens_for_one(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(limited(models, tokens_per_user_per_day=18), bob)

    answers = await at_once(scene, 20)

    assert [is_refused(one) for one in answers].count(False) == 1
    assert len(models.requests) == 1


async def test_an_answer_that_the_model_refused_costs_nothing(
    stage: Stage, models: ModelServer
) -> None:
    scene = await stage(limited(models, answers_per_user_per_hour=1))
    models.script(Reply(status=401, body={"error": {"message": "no"}}))
    assert is_refused(await scene.ask("one"))

    assert not is_refused(await scene.ask("two"))


async def test_a_stopped_answer_costs_what_it_used(
    stage: Stage, bed: Bed, models: ModelServer
) -> None:
    scene = await stage(limited(models, answers_per_user_per_hour=1))
    models.script(Reply("Words enough to be seen by everybody in the room.", hold_after=8))
    await scene.alice.say(scene.room, "!ask one")
    answer = await scene.sees_live("Words enough")
    await scene.alice.react(scene.room, answer.id, "⏹️")
    await scene.finished(answer.id, "stopped")

    assert is_refused(await scene.ask("two"))


class TestWhatWasSentCounts:
    """Before the first word too: a question alone may be long, and costs what it is."""

    LONG = "why? " * 200

    async def asked(self, stage: Stage, models: ModelServer) -> tuple[Scene, str]:
        config = limited(models, tokens_per_user_per_day=100)
        config["defaults"]["placeholder_after_ms"] = 100
        scene = await stage(config)
        models.script(Reply("Never said.", hold_after=0))
        question = await scene.alice.say(scene.room, f"!ask {self.LONG}")
        await models.next_request()
        return scene, question

    async def test_where_it_was_stopped(self, stage: Stage, models: ModelServer) -> None:
        scene, _ = await self.asked(stage, models)
        answer = await scene.sees_live("Thinking…")
        await scene.alice.react(scene.room, answer.id, "⏹️")
        await scene.finished(answer.id, "stopped")

        assert is_refused(await scene.ask("two"))

    async def test_where_it_was_deleted(self, stage: Stage, models: ModelServer) -> None:
        scene, question = await self.asked(stage, models)
        answer = await scene.sees_live("Thinking…")
        await scene.alice.redact(scene.room, question)
        await scene.is_removed(answer.id)

        assert is_refused(await scene.ask("two"))

    async def test_where_it_failed(self, stage: Stage, models: ModelServer) -> None:
        scene = await stage(limited(models, tokens_per_user_per_day=100))
        models.script(*[Reply(hang_up=True)] * 3)
        assert is_refused(await scene.ask(self.LONG))

        assert is_refused(await scene.ask("two"))
        assert len(models.requests) == 3


class TestAnAnswerThatDoesNotStop:
    async def test_ends_after_so_many_characters(self, stage: Stage, models: ModelServer) -> None:
        scene = await stage(limited(models, answer_characters=2000))
        models.script(Reply("again and again " * 100_000))

        answer = await scene.ask("for ever?")

        assert answer.answer is not None
        assert answer.answer["status"] == "cut_off"
        assert "the limit of 2,000 characters" in answer.body
        text = answer.body.partition("\n\n✂️")[0]
        assert len(text.removeprefix(MARK)) in range(1999, 2001)  # a last space is not shown
        assert models.requests[0].left_early

    async def test_ends_after_so_many_seconds_without_a_word_too(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(limited(models, answer_seconds=1))
        models.script(Reply("Never said.", hold_after=0))

        answer = await scene.ask("when?")

        assert answer.answer is not None
        assert answer.answer["status"] == "cut_off"
        assert "the limit of 1 second" in answer.body


async def test_many_hands_on_one_answer_ask_for_one(stage: Stage, models: ModelServer) -> None:
    scene = await stage(limited(models))
    first = await scene.ask("why?")
    models.script(Reply("Another answer, held back.", hold_after=1))

    async with asyncio.TaskGroup() as group:
        for number in range(50):  # a server takes one reaction of a kind from each
            key = "🔁" + "\ufe0f" * number
            group.create_task(scene.alice.react(scene.room, first.id, key))
    await models.next_request()
    await models.next_request()
    asked = await scene.alice.say(scene.room, "!llm status")
    said = await scene.alice.until(lambda: scene.replies(asked))
    assert "1 answer being written here" in said[0].body
    models.release()
    await scene.finished(first.id, after=first.newest.id)

    assert len(models.requests) == 2
