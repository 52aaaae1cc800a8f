"""The dashboard of a bot with a month behind it, wide and light, narrow and dark."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..bed.browser import Browser
from ..bot.commands.commanding import Town
from ..bot.web.month import CONFIG, lived
from ..bot.web.visiting import TOKEN, visited
from ..limiter import Limiter
from .small import save


async def dashboard(browser: Browser, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as laid_in:
        town = Town(lambda: Limiter(rate=2, burst=20))
        async with visited(Path(laid_in), CONFIG, town=town) as site:
            for number in range(24):  # until it has met the limit
                await site.bot.hears("!llm help", by=f"@{number % 4}:here")
            await lived(site.bot)
            entrance = f"{site.url}?token={TOKEN.replace('+', '%2B')}"
            async with browser.window(width=1100, height=1000) as window:
                await window.page.goto(entrance)
                save(await window.page.screenshot(), folder / "dashboard.png")
            async with browser.window(width=390, height=880, scheme="dark") as window:
                await window.page.goto(entrance)
                save(await window.page.screenshot(), folder / "dashboard-phone.png")
