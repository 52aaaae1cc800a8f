"""The dashboard and /metrics at the instance's own address, as maubot serves them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from ..bed.bed import Bed
from ..bed.models import ModelServer
from .conftest import Stage
from .scene import configuration

TOKEN = "open+sesame 0123/456"


async def test_who_has_the_token_sees_what_was_answered_also_after_a_reload_and_a_new_version(
    stage: Stage, bed: Bed, models: ModelServer, archive: bytes
) -> None:
    config = configuration(models)
    scene = await stage(config | {"dashboard": {"token": TOKEN}})
    address = f"{bed.maubot.webapp(scene.bot.instance)}/"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:

        async def page(**query: str) -> tuple[int, str]:
            async with browser.get(address, params=query) as answer:
                assert "token" not in answer.url.query or answer.status != 200
                return answer.status, await answer.text()

        async def answered() -> dict[str, float]:
            """How many answers have ended, by how."""
            bearer = {"Authorization": f"Bearer {TOKEN}"}
            async with aiohttp.ClientSession() as prometheus:
                answer = await prometheus.get(f"{address}metrics", headers=bearer)
                families = text_string_to_metric_families(await answer.text())
            return {
                one.labels["status"]: one.value
                for family in families
                for one in family.samples
                if one.name == "llmstream_answers_total"
            }

        async def is_counted() -> bool:
            return await answered() == {"complete": 1}

        async def counts_three() -> bool:
            return "<dd>3</dd>" in (await page())[1]

        assert (await page())[0] == (await page(token="sesame"))[0] == 401
        status, shown = await page(token=TOKEN)
        assert status == 200
        assert scene.bot.user_id in shown
        assert await answered() == {}

        for change in (None, bed.maubot.reload, lambda: bed.maubot.replace(archive)):
            if change:
                await change()
            await scene.ask("hello")
            await _comes(is_counted)
        await _comes(counts_three)
        status, shown = await page()
        assert (status, "<dd>3</dd>" in shown) == (200, True)
        assert "Hello from the model" not in shown

        await bed.maubot.set_config(scene.bot.instance, config)
        assert (await page())[0] == 404


async def _comes(look: Callable[[], Awaitable[bool]]) -> None:
    """Who asks sees an answer a moment before the bot hears that it is sent, and counts it."""
    async with asyncio.timeout(90):
        while True:
            if await look():
                return
            await asyncio.sleep(0.1)
