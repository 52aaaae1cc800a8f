"""The pages of a bot at a real address, as maubot serves them: under the instance's own path.

    async with visited(tmp_path) as site:
        answer = await site.get("/?token=" + TOKEN)

The bot is the one of tests/bot/commands/commanding.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from maubot.plugin_server import PluginWebApp
from yarl import URL

from llmstream.bot.web.site import open_site

from ..commands.commanding import CONFIG, CommandedBot, Town

TOKEN = "open+sesame/0123456789="
BASE = "/_matrix/maubot/plugin/"
WITH_TOKEN = f'{CONFIG}dashboard: {{token: "{TOKEN}"}}\n'


class Visited:
    """The site, and the bot behind it. Each request is that of a new browser, without cookies."""

    def __init__(self, bot: CommandedBot, http: aiohttp.ClientSession, url: URL) -> None:
        self.bot = bot
        self.url = url
        self._http = http

    async def get(
        self, path: str, headers: Mapping[str, str] | None = None
    ) -> aiohttp.ClientResponse:
        """The answer, wholly read; redirections are not followed."""
        url = URL(f"{str(self.url).rstrip('/')}{path}", encoded=True)
        async with self._http.get(url, headers=headers, allow_redirects=False) as answer:
            await answer.read()
            return answer

    async def cookie(self) -> str:
        """What a browser sends after its first visit."""
        entered = await self.get("/?token=" + TOKEN.replace("+", "%2B"))
        return "; ".join(f"{one.key}={one.value}" for one in entered.cookies.values())

    async def page(self) -> str:
        """The page, as somebody sees it who was let in."""
        answer = await self.get("/", {"Cookie": await self.cookie()})
        assert answer.status == 200
        return await answer.text()


@asynccontextmanager
async def visited(
    folder: Path,
    config: str = WITH_TOKEN,
    public: str = "https://example.com",
    instance: str = "bot",
    town: Town | None = None,
) -> AsyncIterator[Visited]:
    """A bot with this configuration, its pages open. maubot has `public` for its own address."""
    path = f"{BASE}{instance}/"
    webapp: Any = PluginWebApp()  # type: ignore[no-untyped-call]

    async def within(request: web.Request) -> web.StreamResponse:
        # As maubot 0.6.0 does, server.py.
        inner = request.rel_url.with_path(request.rel_url.path[len(path) - 1 :])
        cloned = request.clone(rel_url=inner.with_query(request.query_string))
        answer: web.StreamResponse = await webapp.handle(cloned)
        return answer

    app = web.Application()
    app.router.add_route("*", BASE + "{rest:.*}", within)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    async with (
        CommandedBot.laid_in(folder, config, town) as bot,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        opened = open_site(webapp, URL(public + path), bot.instance, "1.2.3")
        try:
            yield Visited(bot, http, URL(f"http://{host}:{port}{path}"))
        finally:
            opened.close()
            await runner.cleanup()
