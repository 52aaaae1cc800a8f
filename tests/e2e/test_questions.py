"""What is a question and what is not, through a real maubot."""

from __future__ import annotations

from ..bed.models import ModelServer, Received, Reply
from .conftest import Stage
from .scene import configuration


def asked(request: Received) -> str:
    """The question that the model was asked, without what came before it."""
    return str(request.body["messages"][-1]["content"])


async def test_a_question_may_begin_on_the_line_after_the_command(
    stage: Stage, models: ModelServer
) -> None:
    scene = await stage(configuration(models))

    await scene.answer(await scene.alice.say(scene.room, "!ask\nwhy is\nthe sky blue?"))

    assert "why is\nthe sky blue?" in asked(models.requests[0])
    assert "!ask" not in asked(models.requests[0])


async def test_the_command_alone_gets_one_line_of_usage_and_asks_nobody(
    stage: Stage, models: ModelServer
) -> None:
    scene = await stage(configuration(models))
    question = await scene.alice.say(scene.room, "!ask")

    usage = await scene.alice.until(lambda: scene.said(question))

    assert "!ask" in usage[0].body
    assert "\n" not in usage[0].body.strip()
    assert not models.requests


async def test_notices_edits_and_the_bots_own_words_never_start_an_answer(
    stage: Stage, models: ModelServer
) -> None:
    scene = await stage(configuration(models, trigger="all"))
    models.otherwise = Reply("!ask me something")
    first = await scene.alice.say(scene.room, "!ask one")
    await scene.answer(first)

    await scene.alice.say(scene.room, "!ask from another bot", msgtype="m.notice")
    await scene.alice.say(scene.room, "words of another bot", msgtype="m.notice")
    await scene.alice.edit(scene.room, first, "!ask one, corrected")
    await scene.answer(await scene.alice.say(scene.room, "!ask two"))

    # The edited question is asked anew, in its own answer.
    assert len(scene.said()) == 2
    assert not [one for one in models.requests if "another bot" in asked(one)]
    assert not [one for one in models.requests if "me something" in asked(one)]
