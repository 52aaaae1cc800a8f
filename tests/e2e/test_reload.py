"""The plugin goes while an answer is being written: the message is finished, and it comes back."""

from __future__ import annotations

import asyncio

from llmstream.bot.incoming.missed import MISSED

from ..bed.bed import Bed
from ..bed.message import Message
from ..bed.models import ModelServer, Reply
from .conftest import Stage
from .scene import Scene, configuration

BEGUN = "The sky is blue because the air scatters blue light"


async def writing(stage: Stage, models: ModelServer) -> tuple[Scene, str]:
    """A scene with an answer in the middle of being written. Returns its event id too."""
    scene = await stage(configuration(models))
    models.script(Reply(f"{BEGUN} most of all, and so on.", hold_after=len(BEGUN.split())))
    await scene.alice.say(scene.room, "!ask why is the sky blue?")
    return scene, (await scene.sees_live(BEGUN)).id


async def is_finished(scene: Scene, event_id: str) -> Message:
    """The message that was open, once it no longer is; it must keep what had come."""

    def look() -> Message | None:
        message = scene.alice.message(event_id)
        return message if message and message.answer else None

    message = await scene.alice.until(look)
    assert not message.live
    assert message.body.startswith(BEGUN)
    assert message.answer is not None
    assert message.answer["status"] == "interrupted"
    return message


async def answers_again(scene: Scene) -> None:
    answer = await scene.ask("and now?")
    assert answer.body.startswith("Hello from the model.")


async def test_a_reload_finishes_the_open_message_and_the_plugin_answers_again(
    stage: Stage, bed: Bed, models: ModelServer
) -> None:
    scene, open_message = await writing(stage, models)

    await bed.maubot.reload()

    await is_finished(scene, open_message)
    async with asyncio.timeout(5):
        await models.requests[0].ended.wait()
    assert models.requests[0].left_early
    await answers_again(scene)


async def test_a_new_upload_finishes_the_open_message_and_answers_again(
    stage: Stage, bed: Bed, models: ModelServer, archive: bytes
) -> None:
    scene, open_message = await writing(stage, models)

    await bed.maubot.replace(archive)

    await is_finished(scene, open_message)
    await answers_again(scene)


async def test_the_same_version_deleted_and_uploaded_again_works(
    stage: Stage, bed: Bed, models: ModelServer, archive: bytes
) -> None:
    scene, open_message = await writing(stage, models)

    await bed.maubot.delete_instance(scene.bot.instance)
    await bed.maubot.delete_plugin()
    await bed.maubot.upload(archive)
    await bed.maubot.add_instance(scene.bot.instance, scene.bot.user_id, configuration(models))

    await is_finished(scene, open_message)
    await answers_again(scene)


async def test_a_switched_off_instance_finishes_its_message_and_tells_what_it_missed(
    stage: Stage, bed: Bed, models: ModelServer
) -> None:
    scene, open_message = await writing(stage, models)

    await bed.maubot.start_instance(scene.bot.instance, False)
    finished = await is_finished(scene, open_message)
    missed = await scene.alice.say(scene.room, "!ask anybody there?")
    await bed.maubot.start_instance(scene.bot.instance, True)

    assert (await scene.reply(missed)).body == MISSED
    await answers_again(scene)
    assert scene.said()[0].id == finished.id
    assert len(scene.replies(missed)) == 1
