"""Hands on an answer: try again, go on, ask otherwise; and the buttons that stand for these."""

from __future__ import annotations

import pytest

from ..bed.bed import Bed
from ..bed.message import Message
from ..bed.models import ModelServer, Reply
from ..bed.person import Person
from .asked import question, turns
from .conftest import Stage
from .held import BEGUN, HELD, goes_on, is_let_go, writing
from .scene import Scene, configuration


class TestTryingAgain:
    @pytest.mark.parametrize("key", ["🔁", "🔄", "🔁\ufe0f"])
    async def test_a_reaction_writes_the_same_message_anew(
        self, stage: Stage, models: ModelServer, key: str
    ) -> None:
        scene = await stage(configuration(models, footer=False))
        models.script(Reply("First."), Reply("Second."))
        first = await scene.ask("why?")

        await scene.alice.react(scene.room, first.id, key)

        second = await scene.finished(first.id, after=first.newest.id)
        assert second.body == "Second."
        assert [one.id for one in scene.said()] == [first.id]
        assert turns(models.requests[0]) == turns(models.requests[1])

    async def test_a_stranger_may_not_and_a_reaction_to_a_person_does_nothing(
        self, stage: Stage, models: ModelServer, bob: Person
    ) -> None:
        scene = await stage(configuration(models), bob)
        asked = await scene.alice.say(scene.room, "!ask why?")
        answer = await scene.answer(asked)

        await bob.react(scene.room, answer.id, "🔁")
        await scene.alice.react(scene.room, asked, "🔁")
        await scene.ask("and you?")

        assert [question(one)[-4:] for one in models.requests] == ["why?", "you?"]

    async def test_a_second_try_that_fails_keeps_the_first_answer(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models, footer=False))
        models.script(Reply("First."), Reply(status=401), Reply("Third."))
        first = await scene.ask("why?")

        await scene.alice.react(scene.room, first.id, "🔁")
        second = await scene.finished(first.id, after=first.newest.id)
        assert second.body.startswith("First.\n\n⚠️ ")

        await scene.alice.react(scene.room, first.id, "🔄")
        third = await scene.finished(first.id, after=second.newest.id)
        assert third.body == "Third."

    async def test_a_shorter_answer_removes_what_the_longer_one_had_more(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models))
        paragraph = "Many words follow each other here. " * 40
        models.script(Reply([f"{paragraph}\n\n"] * 40), Reply("Short."))
        first = await scene.ask("why?")
        last = await scene.alice.until(lambda: last_of_several(scene))

        await scene.alice.react(scene.room, last.id, "🔁")

        await scene.is_removed(last.id)
        assert (await scene.finished(first.id, after=first.newest.id)).body.startswith("Short.")

    async def test_editing_the_question_writes_its_finished_answer_anew(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models, footer=False))
        models.script(Reply("First."), Reply("Second."))
        asked = await scene.alice.say(scene.room, "!ask why?")
        first = await scene.answer(asked)

        await scene.alice.edit(scene.room, asked, "!ask how?")

        assert (await scene.finished(first.id, after=first.newest.id)).body == "Second."
        assert turns(models.requests[1]) == [("user", "how?")]
        assert [one.id for one in scene.said()] == [first.id]

    async def test_editing_the_question_writes_its_unfinished_answer_anew(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models, footer=False))
        asked, answer = await writing(scene)

        await scene.alice.edit(scene.room, asked, "!ask how?")

        await is_let_go(models)
        assert (await scene.finished(answer.id, "complete")).body == "Hello from the model."
        assert [question(one) for one in models.requests] == ["why is the sky blue?", "how?"]
        assert [one.id for one in scene.said()] == [answer.id]

    async def test_of_edits_in_a_hurry_the_last_is_answered_in_one_message(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models, footer=False))
        models.answer_with(lambda request: Reply(f"You asked: {question(request)}"))
        asked, answer = await writing(scene)

        for text in ("how?", "when?", "who?"):
            await scene.alice.edit(scene.room, asked, f"!ask {text}")

        await scene.alice.until(
            lambda: scene.said()[0].answer and scene.said()[0].body == "You asked: who?"
        )
        await scene.answer(await scene.alice.say(scene.room, "!ask and now?"))
        assert [one.body for one in scene.said()] == ["You asked: who?", "You asked: and now?"]
        assert scene.said()[0].id == answer.id

    async def test_nobody_edits_for_another(
        self, stage: Stage, models: ModelServer, bob: Person
    ) -> None:
        scene = await stage(configuration(models), bob)
        asked = await scene.alice.say(scene.room, "!ask why?")
        await scene.answer(asked)

        await bob.edit(scene.room, asked, "!ask how?")
        await scene.alice.react(scene.room, scene.said()[0].id, "🔁")
        await scene.ask("and you?")

        assert [question(one)[-4:] for one in models.requests] == ["why?", "why?", "you?"]


def last_of_several(scene: Scene) -> Message | None:
    """The last message of an answer in more than one, once that is finished."""
    *_, last = scene.said()
    told = last.answer or {}
    return last if told.get("part", 1) == told.get("parts", 0) > 1 else None


class TestGoingOn:
    async def test_an_answer_out_of_tokens_goes_on_where_it_stopped(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models, footer=False))
        models.script(Reply("One, two,", finish="length"), Reply(" three."))
        first = await scene.ask("count!")
        await scene.finished(first.id, "cut_off")
        assert "➡️" in first.body

        second = await goes_on(scene, first)

        assert second.body == " three."
        assert [role for role, _ in turns(models.requests[1])] == ["user", "assistant", "user"]
        assert turns(models.requests[1])[1][1] == "One, two,"
        await scene.ask("thanks")
        assert ("assistant", "One, two, three.") in turns(models.requests[2])

    async def test_trying_again_begins_it_all_anew(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models, footer=False))
        models.script(Reply("One,", finish="length"), Reply(" two."), Reply("One and two."))
        first = await scene.ask("count!")
        second = await goes_on(scene, first)

        await scene.alice.react(scene.room, second.id, "🔁")

        await scene.is_removed(second.id)
        assert (await scene.finished(first.id, "complete")).body == "One and two."

    async def test_a_complete_answer_and_strangers_do_not_go_on(
        self, stage: Stage, models: ModelServer, bob: Person
    ) -> None:
        scene = await stage(configuration(models), bob)
        models.script(Reply("Done."), Reply("Half", finish="length"))
        await scene.alice.react(scene.room, (await scene.ask("one")).id, "➡️")
        await bob.react(scene.room, (await scene.ask("two")).id, "➡️")

        await scene.ask("three")

        assert len(models.requests) == 3


class TestButtons:
    async def test_they_are_placed_and_removed_when_meaningless(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models, buttons=True))
        models.script(Reply(HELD.text, hold_after=HELD.hold_after, finish="length"))
        await scene.alice.say(scene.room, "!ask why is the sky blue?")
        answer = await scene.sees_live(BEGUN)
        await shows_buttons(scene, answer.id, "⏹️")

        models.release()
        await shows_buttons(scene, answer.id, "🔁", "➡️")

        more = await goes_on(scene, answer)
        await shows_buttons(scene, more.id, "🔁")
        await shows_buttons(scene, answer.id)

    async def test_a_fast_answer_keeps_no_stop_button(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models, buttons=True))
        answer = await scene.ask("why?")
        await shows_buttons(scene, answer.id, "🔁")

        models.script(HELD)
        await scene.alice.react(scene.room, answer.id, "🔁")
        await shows_buttons(scene, answer.id, "⏹️")
        await scene.alice.react(scene.room, answer.id, "🛑")
        await shows_buttons(scene, answer.id, "🔁")

    async def test_they_stay_in_order_when_the_instance_is_switched_off(
        self, stage: Stage, bed: Bed, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models, buttons=True))
        _, answer = await writing(scene)
        await shows_buttons(scene, answer.id, "⏹️")

        await bed.maubot.start_instance(scene.bot.instance, False)

        await shows_buttons(scene, answer.id, "🔁")


async def shows_buttons(scene: Scene, event_id: str, *keys: str) -> None:
    """Wait until the bot's buttons under a message are these."""

    def look() -> bool:
        placed = {
            seen.id: seen.content["m.relates_to"]["key"]
            for seen in scene.alice.seen
            if seen.type == "m.reaction"
            and seen.sender == scene.bot.user_id
            and seen.content["m.relates_to"]["event_id"] == event_id
        }
        left = [key for id, key in placed.items() if not scene.removals(id)]
        return sorted(left) == sorted(keys)

    await scene.alice.until(look)
