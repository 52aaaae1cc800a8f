"""Questions that come while answers are being written: in line, in order, and not lost."""

from __future__ import annotations

from typing import Any

from ..bed.bed import Bed
from ..bed.models import ModelServer, Reply
from ..bed.person import Person
from .asked import question, turns
from .conftest import Stage
from .scene import Scene, configuration

BEGUN = "The sky is blue because the air scatters blue light"
HELD = Reply(f"{BEGUN}.", hold_after=len(BEGUN.split()) - 1)
SEEN = BEGUN.rpartition(" ")[0]


def at_once(models: ModelServer, answers: int) -> dict[str, Any]:
    limits = {"limits": {"answers_at_once": answers}}
    return configuration(models, placeholder_after_ms=100, footer=False) | limits


async def test_a_question_waits_for_its_conversation_and_knows_the_result(
    stage: Stage, models: ModelServer
) -> None:
    scene = await stage(configuration(models))
    models.script(HELD, Reply("Because."))
    await scene.alice.say(scene.room, "why?")
    await scene.sees_live(SEEN)
    second = await scene.alice.say(scene.room, "why again?")
    third = await scene.alice.say(scene.room, "and again?")
    await scene.alice.sees(lambda seen: seen.id == third)
    assert len(models.requests) == 1

    models.release()
    await scene.reply(third)

    assert [question(one) for one in models.requests] == ["why?", "why again?", "and again?"]
    assert turns(models.requests[2]) == [
        ("user", "why?"),
        ("assistant", f"{BEGUN}."),
        ("user", "why again?"),
        ("assistant", "Because."),
        ("user", "and again?"),
    ]
    assert [one.relation["m.in_reply_to"]["event_id"] for one in scene.said()[1:]] == [
        second,
        third,
    ]


async def test_in_a_thread_too_but_another_conversation_need_not_wait(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models), bob)
    models.script(HELD)
    root = await scene.alice.say(scene.room, "Physics!")
    await scene.alice.say_in_thread(scene.room, root, "!ask why?")
    await scene.sees_live(SEEN)
    waiting = await bob.say_in_thread(scene.room, root, "why again?")

    elsewhere = await scene.answer(await bob.say(scene.room, "!ask elsewhere"))
    assert not elsewhere.live
    models.release()
    await scene.reply(waiting)

    assert [question(one).rpartition(": ")[2] for one in models.requests] == [
        "why?",
        "elsewhere",
        "why again?",
    ]
    assert ("assistant", f"{BEGUN}.") in turns(models.requests[2])


async def test_over_the_limit_people_are_told_their_places_and_move_up(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(at_once(models, 1), bob)
    models.script(HELD, Reply("Second."), Reply("Third."))
    await scene.alice.say(scene.room, "!ask one")
    await scene.sees_live(SEEN)
    await scene.alice.say(scene.room, "!ask two")
    second = await scene.sees_live("number 1 in line")
    await bob.say(scene.room, "!ask three")
    third = await scene.sees_live("number 2 in line")

    models.release()

    assert (await scene.finished(second.id)).body == "Second."
    assert (await scene.finished(third.id)).body == "Third."


async def test_of_many_questions_of_one_person_a_few_wait_and_the_others_are_told_once(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(at_once(models, 1), bob)
    models.script(HELD)
    first = await scene.alice.say(scene.room, "!ask one")
    await scene.sees_live(SEEN)
    for number in range(30):
        await scene.alice.say(scene.room, f"!ask {number}")
    await scene.alice.until(lambda: [one for one in scene.said() if "waiting already" in one.body])
    await is_heard(scene)
    assert len(scene.said(first)) == 1 + 3 + 1 + 1  # written, in line, told, and `!llm help`

    models.release()
    assert not (await scene.ask("again")).live


async def test_many_commands_are_answered_a_few_times(stage: Stage, models: ModelServer) -> None:
    scene = await stage(configuration(models))
    for _ in range(40):
        last = await scene.alice.say(scene.room, "!llm help")
    answer = await scene.answer(await scene.alice.say(scene.room, "!ask one"))
    await scene.alice.sees(lambda seen: seen.id == last)
    assert not answer.live
    replies = [one for one in scene.said() if not one.relation or "llm" in one.body]
    assert 10 <= len(replies) < 20


async def test_who_waits_in_line_may_give_up(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(at_once(models, 1), bob)
    models.script(HELD)
    await scene.alice.say(scene.room, "!ask one")
    first = await scene.sees_live(SEEN)
    await bob.say(scene.room, "!ask two")
    second = await scene.sees_live("number 1 in line")

    await bob.react(scene.room, second.id, "❌")
    await scene.finished(second.id, "stopped")
    models.release()

    assert (await scene.finished(first.id)).body == f"{BEGUN}."
    assert len(models.requests) == 1


async def test_a_waiting_question_may_be_edited_or_taken_back(
    stage: Stage, models: ModelServer
) -> None:
    scene = await stage(configuration(models))
    models.script(HELD)
    await scene.alice.say(scene.room, "why?")
    await scene.sees_live(SEEN)
    second = await scene.alice.say(scene.room, "a slip")
    third = await scene.alice.say(scene.room, "a mistake")
    await is_heard(scene)
    await scene.alice.edit(scene.room, second, "and how?")
    await scene.alice.redact(scene.room, third)
    await is_heard(scene)

    models.release()
    await scene.reply(second)
    await scene.answer(await scene.alice.say(scene.room, "thanks"))

    assert [question(one) for one in models.requests] == ["why?", "and how?", "thanks"]
    assert not scene.replies(third)


class TestWhenTheInstanceIsSwitchedOff:
    async def test_who_waits_for_a_conversation_is_told(
        self, stage: Stage, bed: Bed, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models))
        models.script(HELD)
        await scene.alice.say(scene.room, "why?")
        first = await scene.sees_live(SEEN)
        waiting = await scene.alice.say(scene.room, "why again?")
        await is_heard(scene)

        await bed.maubot.start_instance(scene.bot.instance, False)

        await scene.finished(first.id, "interrupted")
        told = await scene.alice.until(lambda: scene.replies(waiting))
        assert "Interrupted" in told[0].body
        assert len(models.requests) == 1

    async def test_who_waits_in_line_is_told(
        self, stage: Stage, bed: Bed, models: ModelServer, bob: Person
    ) -> None:
        scene = await stage(at_once(models, 1), bob)
        models.script(HELD)
        await scene.alice.say(scene.room, "!ask one")
        first = await scene.sees_live(SEEN)
        await bob.say(scene.room, "!ask two")
        second = await scene.sees_live("number 1 in line")

        await bed.maubot.start_instance(scene.bot.instance, False)

        for one in (first, second):
            finished = await scene.finished(one.id, "interrupted")
            assert "Interrupted" in finished.body
            assert not finished.live
        await scene.sees_typing(False)


async def is_heard(scene: Scene) -> None:
    """Wait until the bot has what was said so far: it answers a command that came after it."""
    asked = await scene.alice.say(scene.room, "!llm help")
    await scene.alice.until(lambda: scene.said(asked))
