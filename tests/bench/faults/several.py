"""Several things fail, one after another: also what mends the first failure, or catches up."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from tests.bed.gateway import Asked
from tests.faults import DROPPED_AFTER, FINE, Fault

from .case import Case, Happens, Needs
from .homeserver import once_each_order, page
from .processes import Act, after, going_on, kill, killed_with_all_said, start, terminate
from .responses import MIXED, one_after_another
from .scene import WORDS, Scene
from .verdict import Expectation

_LIMITED = page(429)


def in_the_middle(*acts: Act) -> Happens:
    """These are done in the middle of the answers."""
    return after(5, *acts)


async def away(scene: Scene) -> None:
    """The homeserver is away for three seconds from now on."""
    async with scene.homeserver_away():
        await asyncio.sleep(3)


def refuses(seconds: float, *faults: Fault) -> Act:
    """Events and syncs get these by turns for so long."""

    async def act(scene: Scene) -> None:
        scene.order(one_after_another(faults, also_syncs=True))
        await asyncio.sleep(seconds)
        scene.order(None)

    return act


async def kill_in_repair(scene: Scene) -> None:
    """maubot starts, and dies as soon as it sends something."""
    sends = asyncio.Event()

    def order(asked: Asked) -> Fault:
        if asked.kind == "send":
            sends.set()
        return FINE

    scene.order(order)
    await start(scene)
    with suppress(TimeoutError):  # all is mended already
        await asyncio.wait_for(sends.wait(), 5)
    await kill(scene)
    scene.order(None)


async def lose_each_once(scene: Scene) -> None:
    """From now on the first response to each step is lost."""
    scene.order(once_each_order(DROPPED_AFTER))


def missed(*acts: Act) -> Happens:
    """It is asked while maubot is not there; then these are done."""

    async def happens(scene: Scene) -> None:
        await terminate(scene)
        await scene.ask()
        for act in acts:
            await act(scene)
        scene.is_free()

    return happens


async def show_a_word(scene: Scene) -> None:
    await scene.show(1)


async def show_half(scene: Scene) -> None:
    await scene.show(WORDS // 2)


def _case(
    name: str, what: str, happens: Happens, expected: Expectation = "ended", needs: Needs = ""
) -> Case:
    return Case(name, what, happens, expected, together=True, needs=needs, seconds=15.0)


CASES = (
    _case(
        "repair-away", "SIGKILL, homeserver away in the repair", in_the_middle(kill, start, away)
    ),
    _case(
        "repair-lost",
        "SIGKILL, responses to the repair lost",
        in_the_middle(kill, lose_each_once, start),
    ),
    _case(
        "repair-mixed",
        "SIGKILL, the repair fails in seven ways for 5 s",
        in_the_middle(kill, start, refuses(5, *MIXED)),
    ),
    _case(
        "repair-killed",
        "SIGKILL, and twice in the repair",
        in_the_middle(kill, kill_in_repair, kill_in_repair, start),
    ),
    _case(
        "one-by-one",
        "502, homeserver away, SIGKILL, 429, one after another",
        in_the_middle(refuses(1, page(502)), away, kill, start, refuses(2, _LIMITED)),
    ),
    _case(
        "going-on",
        "SIGTERM, goes on at the start, SIGKILL, goes on",
        going_on(terminate, start, show_half, kill, start),
        "whole",
    ),
    _case(
        "going-on-killed",
        "SIGTERM, and SIGKILL twice as it begins to go on",
        going_on(terminate, kill_in_repair, kill_in_repair, start),
        "whole",
    ),
    _case(
        "going-on-refused",
        "SIGTERM, goes on unheard, SIGKILL with all said",
        going_on(terminate, killed_with_all_said, start),
        "whole",
    ),
    _case("missed", "asked while maubot is away", missed(start), "whole"),
    _case(
        "missed-mixed",
        "… and catching up fails in seven ways for 5 s",
        missed(start, refuses(5, *MIXED)),
        "whole",
    ),
    _case(
        "missed-killed",
        "… and SIGKILL while it catches up",
        missed(kill_in_repair, start),
    ),
    _case("missed-away", "… and homeserver away meanwhile", missed(start, away), "whole"),
    _case(
        "encrypted-missed",
        "asked while maubot is away, encrypted rooms",
        missed(start),
        "whole",
        needs="encryption",
    ),
)
