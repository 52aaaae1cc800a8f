"""maubot ends, or takes the plugin away, in the middle of the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from tests.bed.gateway import Asked
from tests.bed.maubot import PLUGIN_ID
from tests.faults import FINE, Fault

from .case import Case, Happens, Needs
from .homeserver import page
from .scene import DELAY, WORDS, Scene
from .verdict import Expectation

Act: TypeAlias = Callable[[Scene], Awaitable[None]]


def after(words: int, *acts: Act) -> Happens:
    """These are done, one after another, when so many words can be read."""

    async def happens(scene: Scene) -> None:
        await scene.ask()
        await scene.show(words)
        for act in acts:
            await act(scene)
        scene.is_free()

    return happens


def without_homeserver(*acts: Act) -> Act:
    """These are done while nobody listens there."""

    async def act(scene: Scene) -> None:
        async with scene.homeserver_away():
            for each in acts:
                await each(scene)

    return act


async def kill(scene: Scene) -> None:
    await scene.bed.maubot.crash()


async def terminate(scene: Scene) -> None:
    await scene.bed.maubot.terminate()


async def start(scene: Scene) -> None:
    await scene.bed.maubot.start()


async def reload(scene: Scene) -> None:
    await scene.bed.maubot.reload()


async def replace(scene: Scene) -> None:
    """Another version is uploaded: the same, but maubot does not look."""
    archive = next((scene.bed.folder / "maubot" / "plugins").glob(f"{PLUGIN_ID}*.mbp"))
    await scene.bed.maubot.replace(archive.read_bytes())


async def disable(scene: Scene) -> None:
    await _all_instances(scene, False)


async def enable(scene: Scene) -> None:
    await _all_instances(scene, True)


async def _all_instances(scene: Scene, started: bool) -> None:
    maubot = scene.bed.maubot
    changes = (maubot.start_instance(one.bot.instance, started) for one in scene.stages)
    await asyncio.gather(*changes)


async def killed_at_the_final(scene: Scene) -> None:
    """The finals are refused for the moment, and half a second later maubot dies."""
    ends: set[str] = set()
    all_ended = asyncio.Event()
    expected = sum(len(stage.rooms) for stage in scene.stages)

    def order(asked: Asked) -> Fault:
        if not asked.is_final:
            return FINE
        ends.add(asked.path.split("/rooms/")[1].split("/")[0])
        if len(ends) == expected:
            all_ended.set()
        return page(502)

    scene.order(order)
    await scene.ask()
    await asyncio.wait_for(all_ended.wait(), 60)
    await asyncio.sleep(0.5)
    await kill(scene)
    scene.order(None)
    await start(scene)
    scene.is_free()


async def replaced_within_a_limit(scene: Scene) -> None:
    """A re-upload while the server takes one event a second of each bot."""
    synapse = scene.bed.synapse
    for stage in scene.stages:
        await synapse.override_ratelimit(stage.bot.user_id, per_second=1, burst_count=3)
    await scene.ask()
    await scene.show(2)
    await replace(scene)
    scene.is_free()
    await scene.are_over(60)
    for stage in scene.stages:
        await synapse.override_ratelimit(stage.bot.user_id)


def going_on(*acts: Act) -> Happens:
    """The same as `after`, where answers go on after a restart."""

    async def happens(scene: Scene) -> None:
        await _set_on_restart(scene, "interrupt", "go_on")
        try:
            await after(5, *acts)(scene)
            await scene.show(WORDS)  # what is to go on is not live meanwhile
            await scene.are_over(60)  # to save the configuration ends what is not
        finally:
            await _set_on_restart(scene, "go_on", "interrupt")

    return happens


async def _set_on_restart(scene: Scene, before: str, now: str) -> None:
    maubot = scene.bed.maubot
    for one in scene.stages:
        text = str((await maubot.instance(one.bot.instance))["config"])
        changed = text.replace(f"on_restart: {before}", f"on_restart: {now}")
        await maubot.set_config(one.bot.instance, changed)


async def killed_with_all_said(scene: Scene) -> None:
    """The room takes nothing until the model has said all, and maubot has died with that."""
    scene.order(lambda asked: page(502) if asked.kind == "send" else FINE)
    await start(scene)
    await asyncio.sleep(WORDS * DELAY + 3)
    await kill(scene)
    scene.order(None)


def _case(
    name: str, what: str, happens: Happens, expected: Expectation = "ended", needs: Needs = ""
) -> Case:
    return Case(name, what, happens, expected, together=True, needs=needs)


_NO_SERVER = ", homeserver away"
CASES = (
    _case("killed", "SIGKILL of maubot, started again", after(5, kill, start)),
    _case("killed-late", "SIGKILL of maubot near the ends", after(WORDS - 10, kill, start)),
    _case(
        "killed-final", "SIGKILL of maubot, finals refused before", killed_at_the_final, "whole"
    ),
    _case(
        "killed-away",
        "SIGKILL of maubot" + _NO_SERVER,
        after(5, without_homeserver(kill), start),
    ),
    _case("terminated", "SIGTERM of maubot, started again", after(5, terminate, start)),
    _case(
        "terminated-away",
        "SIGTERM of maubot" + _NO_SERVER,
        after(5, without_homeserver(terminate), start),
    ),
    _case("reloaded", "reload", after(5, reload)),
    _case("reloaded-away", "reload" + _NO_SERVER, after(5, without_homeserver(reload))),
    _case("replaced", "re-upload", after(5, replace)),
    _case("replaced-away", "re-upload" + _NO_SERVER, after(5, without_homeserver(replace))),
    _case("replaced-limited", "re-upload, one event a second", replaced_within_a_limit),
    _case("disabled", "disabled, enabled", after(5, disable, enable)),
    _case(
        "disabled-away",
        "disabled, enabled" + _NO_SERVER,
        after(5, without_homeserver(disable), enable),
    ),
    _case(
        "encrypted-killed",
        "SIGKILL of maubot, encrypted rooms",
        after(5, kill, start),
        needs="encryption",
    ),
    _case(
        "encrypted-terminated",
        "SIGTERM of maubot, encrypted rooms",
        after(5, terminate, start),
        needs="encryption",
    ),
)
