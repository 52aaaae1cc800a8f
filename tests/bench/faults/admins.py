"""An admin does something to the bot in maubot while it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from tests.bed.gateway import Asked
from tests.faults import FINE, Fault, refusal

from .case import Case, Happens
from .scene import Scene, Stage

Does: TypeAlias = Callable[[Scene, Stage], Awaitable[None]]
_UNKNOWN_TOKEN = refusal(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.")


def to_each(does: Does) -> Happens:
    """This is done to each bot in the middle of its answers."""

    async def happens(scene: Scene) -> None:
        await scene.ask()
        await scene.show(5)
        for stage in scene.stages:
            await does(scene, stage)
        scene.is_free()

    return happens


async def restart_client(scene: Scene, stage: Stage) -> None:
    for started in (False, True):
        await scene.bed.maubot.start_client(stage.bot.user_id, started)


async def save(scene: Scene, stage: Stage) -> None:
    """The configuration as it is, then a broken one, then the good one with another model."""
    maubot, instance = scene.bed.maubot, stage.bot.instance
    text = str((await maubot.instance(instance))["config"])
    for one in (text, "providers: [", text.replace("model: small", "model: large")):
        await maubot.set_config(instance, one)
    await maubot.set_config(instance, text)


async def change_token(scene: Scene, stage: Stage) -> None:
    """The old token is not known any more, until maubot is given a new one."""

    def order(asked: Asked) -> Fault:
        return FINE if asked.token == account.access_token else _UNKNOWN_TOKEN

    account = await scene.bed.synapse.log_in(stage.bot.account)
    stage.gateway.order(order)
    await asyncio.sleep(1)
    await scene.bed.maubot.change_token(stage.gateway.url, account)
    stage.gateway.order(None)


async def make_anew(scene: Scene, stage: Stage) -> None:
    """The instance is deleted with its database, and made anew."""
    maubot, instance = scene.bed.maubot, stage.bot.instance
    config = str((await maubot.instance(instance))["config"])
    await maubot.delete_instance(instance)
    await maubot.add_instance(instance, stage.bot.user_id, config)


CASES = (
    Case("client", "client stopped, started", to_each(restart_client), "ended"),
    Case("saved", "configuration saved: the same, broken, another", to_each(save)),
    Case("token", "token not known any more, another given", to_each(change_token)),
    Case("deleted", "instance deleted, made anew", to_each(make_anew), "ended"),
)
