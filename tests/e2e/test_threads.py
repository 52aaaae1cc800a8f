"""`thread`: where a question is answered, and where the talk goes on."""

from __future__ import annotations

import pytest

from ..bed.models import ModelServer
from ..bed.person import Person
from .asked import turns
from .conftest import Stage
from .scene import configuration


@pytest.mark.parametrize("thread", ["auto", "always", "never"])
async def test_a_question_in_a_thread(stage: Stage, models: ModelServer, thread: str) -> None:
    scene = await stage(configuration(models, thread=thread))
    root = await scene.alice.say(scene.room, "Physics!", msgtype="m.notice")
    question = await scene.alice.say_in_thread(scene.room, root, "!ask why?")

    relation = (await scene.answer(question)).relation

    assert relation["m.in_reply_to"] == {"event_id": question}
    assert relation.get("event_id") == (None if thread == "never" else root)


@pytest.mark.parametrize("thread", ["auto", "always", "never"])
async def test_a_question_in_the_room(stage: Stage, models: ModelServer, thread: str) -> None:
    scene = await stage(configuration(models, thread=thread))
    question = await scene.alice.say(scene.room, "!ask why?")

    relation = (await scene.answer(question)).relation

    assert relation["m.in_reply_to"] == {"event_id": question}
    assert relation.get("event_id") == (question if thread == "always" else None)


async def test_with_always_the_talk_goes_on_in_the_thread_without_a_name(
    stage: Stage, models: ModelServer, bob: Person
) -> None:
    scene = await stage(configuration(models, thread="always"), bob)
    root = await scene.alice.say(scene.room, "!ask one")
    await scene.answer(root)

    answer = await scene.answer(await bob.say_in_thread(scene.room, root, "two"))

    assert answer.relation["event_id"] == root
    assert [role for role, _ in turns(models.requests[-1])] == ["user", "assistant", "user"]
