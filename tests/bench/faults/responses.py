"""The homeserver, or what stands before it, answers what it should not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import cycle

from tests.bed.gateway import Asked, Order
from tests.faults import DROPPED_AFTER, DROPPED_BEFORE, FINE, HALVED, Answer, Fault, refusal

from .case import Case, Happens
from .homeserver import HTML, once_each, page
from .scene import Scene

_SPAM = refusal(403, "M_FORBIDDEN", "This message has been rejected as probable spam")
_WELCOME = Fault(answer=Answer(200, b"<html>Welcome to our Wi-Fi</html>", HTML), stored=False)
_NOT_HERE = refusal(404, "M_UNRECOGNIZED", "Unrecognized request")
_ABSURD = (0, -5000, "1000", 36_000_000, 10**400, True, None, [1], float("inf"))


def limited(*milliseconds: object) -> Sequence[Fault]:
    """The limit is reached, for so long."""
    said = "Too Many Requests"
    return [refusal(429, "M_LIMIT_EXCEEDED", said, retry_after_ms=one) for one in milliseconds]


def by_turns(*faults: Fault, seconds: float = 4.0, also_syncs: bool = False) -> Happens:
    """Each event gets another of these, from the middle of the answers to after their ends."""

    async def happens(scene: Scene) -> None:
        await scene.ask()
        await scene.show(5)
        scene.order(one_after_another(faults, also_syncs=also_syncs))
        await asyncio.sleep(seconds)
        scene.order(None)
        scene.is_free()

    return happens


def one_after_another(faults: Sequence[Fault], *, also_syncs: bool = False) -> Order:
    """To each event the next of these, and to each sync."""
    sends, syncs = cycle(faults), cycle(reversed(faults))

    def order(asked: Asked) -> Fault:
        if asked.kind == "send":
            return next(sends)
        return next(syncs) if also_syncs and asked.kind == "sync" else FINE

    return order


MIXED = (page(502), DROPPED_AFTER, page(504), HALVED, DROPPED_BEFORE, page(429), _WELCOME)


async def redirected(scene: Scene) -> None:
    """Events are sent to another address, where the token does not go along."""
    await scene.ask()
    await scene.show(5)
    scene.order(lambda asked: _moved(scene, asked) if asked.kind == "send" else FINE)
    await asyncio.sleep(4)
    scene.order(None)
    scene.is_free()


def _moved(scene: Scene, asked: Asked) -> Fault:
    location = {"Location": scene.bed.synapse.url + asked.path}
    return Fault(answer=Answer(307, b"", location), stored=False)


CASES = (
    Case("half", "response cut in its middle, each step", once_each(HALVED)),
    Case("html", "200 in HTML, once for each step", once_each(_WELCOME)),
    Case("redirected", "redirected (307) to where the token is not known, 4 s", redirected),
    Case("unrecognized", "404 M_UNRECOGNIZED, once for each step", once_each(_NOT_HERE)),
    Case("spam", "403 M_FORBIDDEN, once for each step", once_each(_SPAM), "ended"),
    Case(
        "limit-absurd",
        "429 with an absurd `retry_after_ms` for 4 s",
        by_turns(*limited(*_ABSURD)),
    ),
    Case("limit-hours", "429 with 10 h, once for each step", once_each(limited(36_000_000)[0])),
    Case(
        "mixed",
        "sync and sending fail in seven ways for 5 s",
        by_turns(*MIXED, seconds=5.0, also_syncs=True),
    ),
)
