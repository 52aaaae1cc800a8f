"""An answer being written, in a client as people have it."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

from ..bed.bed import Bed
from ..bed.browser import Browser
from ..bed.models import ModelServer, Reply
from .cinny import served, sign_in
from .small import save_film

QUESTION = "How do I make sourdough bread? Short, please."
THOUGHTS = "They want it short: what is needed, the times, the one thing that goes wrong. " * 2
ANSWER = """\
## Sourdough in a day and a night

You need **500 g flour**, *350 g water*, 100 g active starter and 10 g salt.

| When | What | How long |
|:-----|:-----|---------:|
| morning | mix, rest, add salt | 45 min |
| till afternoon | fold four times | 4 h |
| evening | shape, into the fridge | 12 h |
| next morning | bake, lid on, then off | 45 min |

1. Preheat a pot to **250 °C** for half an hour.
2. Bake 20 minutes with its lid, 25 without.

> It is done when the crust sings. Let it cool before you cut it.
"""
_WIDTH, _HEIGHT = 600, 640
_SCROLLED = """[...document.querySelectorAll("*")]
    .filter((one) => /auto|scroll/.test(getComputedStyle(one).overflowY))
    .forEach((one) => one.scrollTo(0, one.scrollHeight))"""  # it does not follow what grows
_EVERY = 0.1  # seconds between two looks
_STILL = 3000  # milliseconds for which the end is shown


async def film(browser: Browser, bed: Bed, build: Path, path: Path) -> None:
    """`build` is Cinny's `dist`."""
    async with (
        ModelServer() as models,
        bed.person("ann") as ann,
        bed.person("ben") as ben,
        served(build) as url,
        browser.window(width=_WIDTH, height=_HEIGHT) as window,
    ):
        models.script(Reply(ANSWER, reasoning=THOUGHTS, delay=0.045, usage=(412, 231)))
        provider = {"type": "openai", "model": "qwen3", "base_url": models.url_for("openai")}
        bot = await bed.bot({"providers": {"home": provider}, "defaults": {"provider": "home"}})
        room = await bed.room(ann, bot, ben, name="Kitchen table")
        for person, text in ((ben, "There is flour left from Sunday."), (ann, "And my starter!")):
            await person.say(room, text)
        page = window.page
        await sign_in(page, url, bed.synapse.url, ann.account, room)
        await page.keyboard.type(f"!ask {QUESTION}")
        frames = [await page.screenshot()]
        asked = asyncio.create_task(page.keyboard.press("Enter"))
        answered = asyncio.create_task(bed.answer(ann, room, bot))
        clock = asyncio.get_running_loop().time
        times = [clock()]
        for number in itertools.count(1):
            await asyncio.sleep(max(0.0, times[0] + number * _EVERY - clock()))
            await page.evaluate(_SCROLLED)
            frames.append(await page.screenshot())
            times.append(clock())
            if answered.done() and len(frames) > 2 and frames[-1] == frames[-2]:
                break
        await asked
        shown = [round(1000 * (later - at)) for at, later in itertools.pairwise(times)]
        save_film(_merged(list(zip(frames, [*shown, _STILL], strict=True))), path)


def _merged(frames: list[tuple[bytes, int]]) -> list[tuple[bytes, int]]:
    """Equal pictures in a row are one."""
    return [
        (png, sum(shown for _, shown in same))
        for png, same in itertools.groupby(frames, key=lambda frame: frame[0])
    ]
