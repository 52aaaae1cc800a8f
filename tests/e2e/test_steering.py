"""Hands on an answer: stop, try again, go on, edit or take back the question. And whose hands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..bed.bed import Bed
from ..bed.message import Seen
from ..bed.models import ModelServer, Reply
from ..bed.person import Person
from .conftest import Stage
from .held import BEGUN, goes_on, is_let_go, writing
from .scene import configuration


def is_event(event_id: str) -> Callable[[Seen], bool]:
    return lambda seen: seen.id == event_id


APIS = ("openai", "ollama", "anthropic")


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
                await person.sees(is_event(theirs))
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

        await scene.finished(answer.id, "complete")


class TestTakingBack:
    async def test_a_redacted_question_takes_its_unfinished_answer_with_it(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models))
        asked, answer = await writing(scene)

        await scene.alice.redact(scene.room, asked)

        await is_let_go(models)
        await scene.is_removed(answer.id)
        assert len(scene.removals(answer.id)) == 1

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
            await scene.is_removed(one.id)

    async def test_a_moderator_may_take_back_for_others(
        self, stage: Stage, models: ModelServer, bob: Person
    ) -> None:
        scene = await stage(configuration(models), bob)
        asked = await bob.say(scene.room, "!ask why?")
        answer = await scene.answer(asked)

        await scene.alice.redact(scene.room, asked)

        await scene.is_removed(answer.id)

    async def test_a_removed_answer_is_no_part_of_the_conversation(
        self, stage: Stage, models: ModelServer
    ) -> None:
        scene = await stage(configuration(models))
        models.script(Reply("a slip"))
        answer = await scene.ask("one")
        await scene.alice.redact(scene.room, answer.id)
        await scene.is_removed(answer.id)

        await scene.ask("two")

        assert "a slip" not in str(models.requests[-1].body)
