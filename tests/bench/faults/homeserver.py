"""The homeserver fails, or what stands before it."""

from __future__ import annotations

import asyncio
from collections import Counter

from tests.bed.gateway import Asked, Order
from tests.faults import DROPPED_AFTER, FINE, Answer, Fault, slow

from .case import Case, Happens
from .scene import DELAY, WORDS, Scene

HTML = {"Content-Type": "text/html"}
_SAID = WORDS * DELAY + 1.0  # seconds after which the model has said all


def page(status: int) -> Fault:
    """What a gateway answers in the homeserver's stead."""
    body = f"<html><h1>{status}</h1><hr>nginx</html>".encode()
    return Fault(answer=Answer(status, body, HTML), stored=False)


def away(seconds: float) -> Happens:
    """Nobody listens for so long, from the middle of the answers on."""

    async def happens(scene: Scene) -> None:
        await scene.ask()
        await scene.show(5)
        async with scene.homeserver_away():
            await asyncio.sleep(seconds)

    return happens


def away_at_the_final(seconds: float) -> Happens:
    """Likewise, from the first final on, which is lost."""

    async def happens(scene: Scene) -> None:
        ends = asyncio.Event()

        def order(asked: Asked) -> Fault:
            if not asked.is_final:
                return FINE
            ends.set()
            return Fault(drops=True, stored=False)

        scene.order(order)
        await scene.ask()
        await ends.wait()
        scene.order(None)
        async with scene.homeserver_away():
            await asyncio.sleep(seconds)

    return happens


def answered(fault: Fault, seconds: float) -> Happens:
    """Every event gets this for so long, from the middle of the answers to after their ends."""

    async def happens(scene: Scene) -> None:
        await scene.ask()
        await scene.show(5)
        scene.order(lambda asked: fault if asked.kind == "send" else FINE)
        await asyncio.sleep(seconds)
        scene.order(None)
        scene.is_free()

    return happens


def once_each(fault: Fault) -> Happens:
    """The first event of every message, one edit in two, and every final get this once."""

    async def happens(scene: Scene) -> None:
        scene.order(once_each_order(fault))
        await scene.ask()
        await asyncio.sleep(_SAID)
        scene.is_free()  # what is left of it happens once

    return happens


def once_each_order(fault: Fault) -> Order:
    """For every second request of each step of each room, this."""
    seen: Counter[bytes] = Counter()

    def order(asked: Asked) -> Fault:
        if asked.kind != "send":
            return FINE
        step = (
            b"final" if asked.is_final else b"edit" if b"m.new_content" in asked.body else b"first"
        )
        room = asked.path.split("/rooms/")[1].split("/")[0].encode()
        seen[room + step] += 1
        return fault if seen[room + step] % 2 else FINE

    return order


async def synapse_killed(scene: Scene) -> None:
    """SIGKILL in the middle of the answers; it comes back."""
    await scene.ask()
    await scene.show(5)
    await scene.bed.synapse.server.crash()
    await scene.bed.synapse.server.start()
    scene.is_free()


async def sync_fails(scene: Scene) -> None:
    """Nothing can be heard for some seconds, but what is sent arrives."""
    await scene.ask()
    await scene.show(5)
    scene.order(lambda asked: page(502) if asked.kind == "sync" else FINE)
    await asyncio.sleep(5)
    scene.order(None)
    scene.is_free()


CASES = (
    Case("away", "homeserver away for 60 s, in mid-answer", away(60), seconds=70),
    Case(
        "away-final", "homeserver away for 60 s, at the final", away_at_the_final(60), seconds=70
    ),
    Case("away-short", "homeserver away for 2 s, in mid-answer", away(2)),
    Case("synapse-killed", "SIGKILL of Synapse, started again", synapse_killed, together=True),
    Case("502", "502 in HTML for 4 s", answered(page(502), 4)),
    Case(
        "504",
        "504 in HTML for 4 s, the events stored",
        answered(Fault(answer=page(504).answer), 4),
    ),
    Case("413", "413 in HTML, once for each step", once_each(page(413))),
    Case("429", "429 in HTML for 4 s", answered(page(429), 4)),
    Case("403", "403 in HTML, once for each step", once_each(page(403))),
    Case("404", "404 in HTML, once for each step", once_each(page(404))),
    Case("400", "400 in HTML, once for each step", once_each(page(400))),
    Case("401", "401 in HTML, once for each step", once_each(page(401))),
    Case("lost", "response lost after the event was stored, each step", once_each(DROPPED_AFTER)),
    Case("slow", "30 s of latency for each event", answered(slow(30), 4), seconds=50),
    Case("sync", "sync fails for 5 s, sending works", sync_fails),
    Case(
        "encrypted-502",
        "502 in HTML for 4 s, encrypted rooms",
        answered(page(502), 4),
        needs="encryption",
    ),
    Case(
        "encrypted-lost",
        "response lost for 4 s, encrypted rooms",
        answered(DROPPED_AFTER, 4),
        needs="encryption",
    ),
)
