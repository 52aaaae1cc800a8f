"""Hands on an answer: stop, try again, go on, edit or take back the question. And whose hands."""

from __future__ import annotations

import asyncio

import pytest

from ..bed.bed import Bed
from ..bed.message import Message
from ..bed.models import ModelServer, Reply
from ..bed.person import Person
from .asked import question, turns
from .conftest import Stage
from .scene import Scene, configuration

BEGUN = "The sky is blue because the air scatters blue light"
HELD = Reply(f"{BEGUN} most of all, and so on.", hold_after=len(BEGUN.split()))
APIS = ("openai", "ollama", "anthropic")


async def writing(scene: Scene) -> tuple[str, Message]:
    """A question, and its answer in the middle of being written."""
    scene.models.script(HELD)
    asked = await scene.alice.say(scene.room, "!ask why is the sky blue?")
    return asked, await scene.sees_live(BEGUN)


async def is_let_go(models: ModelServer) -> None:
    """The model's server hears within a second that nobody listens any more."""
    async with asyncio.timeout(1):
        await models.requests[0].ended.wait()
    assert models.requests[0].left_early


def counts(message: Message) -> dict[str, object]:
    assert message.answer is not None
    return message.answer


class TestStop:
    @pytest.mark.parametrize("key", ["⏹️", "⏹", "🛑", "🛑\ufe0f", "❌", "❌\ufe0f"])
    async def test_a_reaction_ends_the_request_and_keeps_the_text(
        self, stage: Stage, models: ModelServer, key: str
    ) -> None:
        scene = await stage(configuration(models, footer=False))
        _, answer = await writing(scene)

        await scene.alice.react(scene.room, answer.id, key)

        await is_let_go(models)
        stopped = await scene.finished(answer.id, "stopped")
        assert stopped.body == f"{BEGUN}\n\n⏹️ Stopped."
        await scene.sees_typing(False)

    @pytest.mark.parametrize("api", APIS)
    @pytest.mark.parametrize("stream", ["edits", "single"])
    async def test_every_provider_is_really_let_go(
        self, stage: Stage, models: ModelServer, api: str, stream: str
    ) -> None:
        scene = await stage(configuration(models, api, stream=stream, idle_timeout_seconds=60))
        models.script(Reply(BEGUN, delay=2))
        asked = await scene.alice.say(scene.room, "!ask why?")
        await models.next_request()

        await scene.alice.redact(scene.room, asked)

        await is_let_go(models)

    async def test_only_asker_moderators_and_admins_may(
        self, stage: Stage, bed: Bed, models: ModelServer, bob: Person
    ) -> None:
        async with bed.person("carol") as carol, bed.person("mod") as mod:
            access = {"access": {"admins": [carol.user_id]}}
            scene = await stage(configuration(models, footer=False) | access, bob, carol, mod)
            await scene.empower(mod, 50)
            for person in (mod, carol, scene.alice):
                _, answer = await writing(scene)
                theirs = await bob.react(scene.room, answer.id, "⏹️")
                await person.sees(lambda seen, theirs=theirs: seen.id == theirs)
                assert not models.requests[-1].ended.is_set()

                await person.react(scene.room, answer.id, "⏹️")

                await scene.finished(answer.id, "stopped")
        assert len(scene.said()) == 3

    async def test_a_reaction_to_another_message_stops_nothing(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models, footer=False))
        asked, answer = await writing(scene)

        await scene.alice.react(scene.room, asked, "⏹️")
        await scene.alice.react(scene.room, answer.id, "👍")
        models.release()

        assert counts(await scene.finished(answer.id))["status"] == "complete"


class TestTakingBack:
    async def test_a_redacted_question_takes_its_unfinished_answer_with_it(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models))
        asked, answer = await writing(scene)

        await scene.alice.redact(scene.room, asked)

        await is_let_go(models)
        await is_removed(scene, answer.id)
        assert len(removals(scene, answer.id)) == 1

    async def test_and_its_finished_one_with_all_that_was_added(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models))
        models.script(Reply("one", finish="length"), Reply("two", finish="length"), Reply("3"))
        asked = await scene.alice.say(scene.room, "!ask why?")
        last = await scene.answer(asked)
        for _ in range(2):
            last = await goes_on(scene, last)
        assert len(scene.said()) == 3

        await scene.alice.redact(scene.room, asked)

        for one in scene.said():
            await is_removed(scene, one.id)

    async def test_a_moderator_may_take_back_for_others(
        self, stage: Stage, models: ModelServer, bob: Person
    ) -> None:
        scene = await stage(configuration(models), bob)
        asked = await bob.say(scene.room, "!ask why?")
        answer = await scene.answer(asked)

        await scene.alice.redact(scene.room, asked)

        await is_removed(scene, answer.id)

    async def test_a_removed_answer_is_no_part_of_the_conversation(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models))
        models.script(Reply("a slip"))
        answer = await scene.ask("one")
        await scene.alice.redact(scene.room, answer.id)
        await is_removed(scene, answer.id)

        await scene.ask("two")

        assert "a slip" not in str(models.requests[-1].body)


def removals(scene: Scene, event_id: str) -> list[str]:
    return [
        seen.id
        for seen in scene.alice.seen
        if seen.type == "m.room.redaction"
        and event_id in (seen.event.get("redacts"), seen.content.get("redacts"))
    ]


async def is_removed(scene: Scene, event_id: str) -> None:
    await scene.alice.until(lambda: removals(scene, event_id) or None)


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

    async def test_a_shorter_answer_removes_what_the_longer_one_had_more(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models))
        paragraph = "Many words follow each other here. " * 40
        models.script(Reply([f"{paragraph}\n\n"] * 40), Reply("Short."))
        first = await scene.ask("why?")
        last = await scene.alice.until(lambda: last_of_several(scene))

        await scene.alice.react(scene.room, last.id, "🔁")

        await is_removed(scene, last.id)
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


async def goes_on(scene: Scene, answer: Message) -> Message:
    """Alice lets an answer go on. Returns what came."""
    return await scene.answer(await scene.alice.react(scene.room, answer.id, "➡️"))


class TestGoingOn:
    async def test_an_answer_out_of_tokens_goes_on_where_it_stopped(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models, footer=False))
        models.script(Reply("One, two,", finish="length"), Reply(" three."))
        first = await scene.ask("count!")
        assert counts(first)["status"] == "cut_off"
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

        await is_removed(scene, second.id)
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
        left = [key for id, key in placed.items() if not removals(scene, id)]
        return sorted(left) == sorted(keys)

    await scene.alice.until(look)
