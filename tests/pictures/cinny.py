"""A room as people see it in Cinny, a Matrix client: built by its own `vite build`, served here.

    async with served(folder) as url, browser.window() as window:
        await sign_in(window.page, url, homeserver, account, room_id)

Cinny is not a part of this project and travels nowhere with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from playwright.async_api import Page

from ..bed.synapse import Account

COMPOSER = "[data-slate-editor=true]"
"""Where people write."""


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[str]:
    """Serve a build (its `dist`) on loopback; every other path is its first page."""

    async def page(request: web.Request) -> web.FileResponse:
        # It asks for its files beside the page that is open, as its docker-nginx.conf knows.
        asked = Path(request.match_info["path"])
        files = (folder / asked, folder / asked.name)
        found = (file for file in files if file.is_file())
        return web.FileResponse(next(found, folder / "index.html"))

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def sign_in(page: Page, url: str, homeserver: str, account: Account, room_id: str) -> None:
    """Somebody looks at a room. Returns when they can write."""
    await page.goto(f"{url}/config.json")
    session = {
        "cinny_access_token": account.access_token,
        "cinny_device_id": account.device_id,
        "cinny_user_id": account.user_id,
        "cinny_hs_base_url": homeserver,
    }
    for key, value in session.items():
        await page.evaluate("([key, value]) => localStorage.setItem(key, value)", [key, value])
    await page.goto(f"{url}/home/{quote(room_id)}/")
    await page.locator(COMPOSER).click()
