"""The page in a real browser: what is seen of it, at which width, with and without JavaScript."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from llmstream.bot.web.door import COOKIE
from llmstream.chunks import Text

from ...bed.browser import Browser, Scheme, Window
from ..commands.commanding import ROOM
from .month import CONFIG, lived
from .test_page import HOSTILE, failed
from .visiting import TOKEN, Visited, visited

pytestmark = pytest.mark.slow

ENTRANCE = "?token=" + TOKEN.replace("+", "%2B")
CONTRAST = """() => {
    const channel = (value) =>
        (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(channel);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        const colour = getComputedStyle(element).backgroundColor;
        return colour === "rgba(0, 0, 0, 0)" ? behind(element.parentElement) : colour;
    };
    const contrast = (element) => {
        const [less, more] = [light(getComputedStyle(element).color), light(behind(element))]
            .sort((a, b) => a - b);
        return (more + 0.05) / (less + 0.05);
    };
    const texts = document.querySelectorAll("h1, h2, p, dt, dd, th, td, .soft, .setting b");
    return Math.min(...[...texts].map(contrast));
}"""
"""The least of any text with what is behind it, as WCAG 2 counts it."""


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visited]:
    async with visited(tmp_path_factory.mktemp("month"), CONFIG) as site:
        await lived(site.bot)
        yield site


async def entered(window: Window, site: Visited) -> None:
    await window.page.goto(f"{site.url}{ENTRANCE}")


async def headings(window: Window) -> list[str]:
    return await window.page.locator("h2").all_inner_texts()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 700, 390, 320])
async def test_all_of_it_is_there_and_can_be_read_at_each_width(
    browser: Browser, site: Visited, width: int, scheme: Scheme
) -> None:
    async with browser.window(width=width, scheme=scheme) as window:
        await entered(window, site)
        assert len(await headings(window)) == 9
        assert await window.sideways() == 0
        assert await window.page.evaluate(CONTRAST) >= 4.5
        assert not window.complaints


async def test_the_token_leaves_the_address_and_no_script_can_read_the_cookie(
    browser: Browser, site: Visited
) -> None:
    async with browser.window() as window:
        await entered(window, site)
        assert window.page.url == str(site.url)
        assert [one.get("name") for one in await window.page.context.cookies()] == [COOKIE]
        assert await window.page.evaluate("document.cookie") == ""


@pytest.mark.parametrize("instance", ["my bot", "böt", "a+b;c=d", "100%", "bot\u202e"])
async def test_an_instance_may_be_called_anything(
    browser: Browser, tmp_path: Path, instance: str
) -> None:
    async with visited(tmp_path, instance=instance) as site, browser.window() as window:
        await entered(window, site)
        await window.page.get_by_text("Being written now").wait_for()
        [cookie] = await window.page.context.cookies()
        assert site.url.raw_path.startswith(f"{cookie.get('path')}/")
        await window.page.reload()
        await window.page.get_by_text("Being written now").wait_for()


async def test_without_javascript_it_shows_the_same(browser: Browser, site: Visited) -> None:
    async with browser.window() as window, browser.window(javascript=False) as plain:
        await entered(window, site)
        await entered(plain, site)
        assert await headings(plain) == await headings(window)
        rooms = await plain.page.locator("#rooms .room").all_inner_texts()
        assert {"Kitchen table", "Homework, 7b", "!office:here"} < set(rooms)
        # It asks again by itself; with JavaScript nothing is loaded anew.
        assert await plain.page.locator("meta[http-equiv=refresh]").count() == 1
        assert await window.page.locator("meta[http-equiv=refresh]").count() == 0


async def test_it_keeps_up_by_itself_and_says_when_it_cannot(
    browser: Browser, tmp_path: Path
) -> None:
    async with visited(tmp_path) as site, browser.window() as window:
        page = window.page
        await page.clock.install()
        await entered(window, site)
        assert "No answer is being written." in await page.inner_text("#writing")
        site.bot.writes("@ann:here").document.add(Text("word " * 50))
        await page.clock.fast_forward(5000)
        await page.get_by_text("≈ 63").wait_for()
        await page.route("**/*", lambda route: route.abort())
        await page.clock.fast_forward(5000)
        await page.get_by_text("cannot be reached").wait_for()
        await page.unroute("**/*")
        await page.clock.fast_forward(5000)
        await page.get_by_text("llmstream 1.2.3").wait_for()
        assert [said for said in window.complaints if "ERR_FAILED" not in said] == []


async def test_what_strangers_write_runs_nowhere(browser: Browser, tmp_path: Path) -> None:
    async with visited(tmp_path) as site, browser.window() as window:
        store, names = site.bot.instance.store, site.bot.town.names
        names[ROOM] = names[f"!{HOSTILE}:x"] = HOSTILE
        await store.answers.save(
            failed(room_id=f"!{HOSTILE}:x", provider=HOSTILE, model=HOSTILE, note=HOSTILE)
        )
        page = window.page
        await page.clock.install()
        await entered(window, site)
        await page.locator("#failures td").get_by_text("<script>alert(1)").first.wait_for()
        site.bot.writes("@ann:here")
        await page.clock.fast_forward(5000)
        await page.locator("#writing").get_by_text("<script>alert(1)</script>").wait_for()
        assert await page.locator("img, main script").count() == 0
        assert not window.complaints


async def test_a_link_from_elsewhere_leads_to_the_page(browser: Browser, site: Visited) -> None:
    """The cookie is SameSite=Strict: the first request of such a visit comes without it."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=f'<a href="{site.url}">the bot</a>', content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    elsewhere = web.TCPSite(runner, "127.0.0.1", 0)
    await elsewhere.start()
    try:
        async with browser.window() as window:
            await entered(window, site)
            await window.page.goto(f"http://localhost:{runner.addresses[0][1]}/")
            await window.page.click("text=the bot")
            await window.page.get_by_text("Being written now").wait_for()
        async with browser.window() as stranger:
            await stranger.page.goto(f"http://localhost:{runner.addresses[0][1]}/")
            await stranger.page.click("text=the bot")
            await stranger.page.get_by_text("Who are you?").wait_for()
    finally:
        await runner.cleanup()
