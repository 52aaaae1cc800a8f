"""What the tests of steering do to an answer: hold it in the middle, and let it go on."""

from __future__ import annotations

import asyncio

from ..bed.message import Message
from ..bed.models import ModelServer, Reply
from .scene import Scene

BEGUN = "The sky is blue because the air scatters blue light"
HELD = Reply(f"{BEGUN} most of all, and so on.", hold_after=len(BEGUN.split()))


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


async def goes_on(scene: Scene, answer: Message) -> Message:
    """Alice lets an answer go on. Returns what came."""
    return await scene.answer(await scene.alice.react(scene.room, answer.id, "➡️"))
