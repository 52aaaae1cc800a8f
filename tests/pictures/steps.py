"""maubot's web UI at the steps of README: the upload, the client, the instance, a mistake."""

from __future__ import annotations

from pathlib import Path

from ..bed.bed import Bed
from ..bed.browser import Browser
from ..bed.maubot import Maubot
from ..bed.web_ui import WebUi
from .small import save


async def steps(browser: Browser, bed: Bed, archive: bytes, folder: Path, empty: Path) -> None:
    """In a maubot of its own, which begins in the folder `empty`."""
    account = await bed.synapse.register("llm")
    async with Maubot.up(empty) as maubot, browser.window() as window:

        async def take(name: str, width: int, height: int) -> None:
            await window.page.set_viewport_size({"width": width, "height": height})
            await window.page.mouse.move(0, 0)
            save(await window.page.screenshot(animations="disabled"), folder / f"{name}.png")

        ui = WebUi(window.page, maubot)
        await ui.log_in()
        await ui.upload(archive)
        await take("plugin", 960, 440)
        await ui.create_client(bed.synapse.url, account)
        await take("client", 960, 750)
        await ui.create_instance("bot", "llm")
        config = await ui.configuration("bot")
        await take("instance", 960, 640)
        await ui.save(config.replace("trigger: mention", "trigger: sometimes"))
        await ui.log()
        await take("log", 1280, 570)
        await ui.close_log()
        await ui.verify_client("llm")
        await take("verified", 960, 860)
