"""What is answered at the instance's own web address: the page, and /metrics.

Nothing is shown before the door has let somebody in. What one sees is found in overview.py; how it
looks is page.py's.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web
from maubot.plugin_server import PluginWebApp
from yarl import URL

from ...providers.errors import PackageMissing
from ..instance import Instance
from .door import COOKIE, LASTS, Door, Entry
from .metrics import PACKAGE, exposition
from .overview import Observer
from .page import plain, render
from .room_names import RoomNames

log = logging.getLogger(__name__)

_ALWAYS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_POLICY = (
    "default-src 'none'; style-src 'nonce-{0}'; script-src 'nonce-{0}'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_TURNED_AWAY = {
    Entry.WRONG: (
        401,
        "Who are you?",
        "Open this page once with ?token= and the token of the configuration (dashboard.token) "
        "behind its address.",
    ),
    Entry.TOO_MANY: (429, "Too many wrong tokens", "Try again in a minute."),
    Entry.CLOSED: (404, "Not found", "There is no page here."),
    Entry.UNREADABLE: (503, "The token cannot be read", "Maubot's log says why."),
}


class Site:
    """The pages of one instance, at `url` as browsers know it."""

    def __init__(self, instance: Instance, url: URL, version: str) -> None:
        self._instance = instance
        self._url = url
        self._version = version
        self._door = Door(lambda: instance.configuration.current.dashboard_token)
        self._names = RoomNames(instance.client)
        self._observer = Observer(instance, self._names)

    async def dashboard(self, request: web.Request) -> web.Response:
        """GET /"""
        entry = await self._door.entry(request)
        if entry is Entry.WITH_TOKEN and "token" in request.query:
            return await self._with_cookie(request)
        if entry not in (Entry.WITH_TOKEN, Entry.WITH_COOKIE):
            return _turned_away(entry, request)
        if "token" in request.query:  # an old bookmark: the token leaves the address here too
            return _answer(303, "", Location="./")
        nonce = secrets.token_urlsafe(16)
        overview = await self._observer.overview()
        page = await asyncio.to_thread(render, overview, nonce=nonce, version=self._version)
        return _answer(200, page, nonce=nonce)

    async def metrics(self, request: web.Request) -> web.Response:
        """GET /metrics"""
        entry = await self._door.entry(request)
        if entry not in (Entry.WITH_TOKEN, Entry.WITH_COOKIE):
            status, title, text = _TURNED_AWAY[entry]
            return _text(status, f"{title} {text}\n", entry)
        try:
            await self._instance.packages.load(PACKAGE)
        except PackageMissing as error:
            return _text(501, f"{error}\n")
        accept = request.headers.get("Accept", "")
        body, content_type = exposition(self._instance, self._version, accept)
        return web.Response(body=body, headers={**_ALWAYS, "Content-Type": content_type})

    def close(self) -> None:
        """Ask the homeserver for nothing more."""
        self._names.close()

    async def _with_cookie(self, request: web.Request) -> web.Response:
        answer = _answer(303, "", Location="./")
        # Without a path it is good for the one at which the browser is, as that one knows it:
        # an instance's id may have any characters, and a proxy may have another path.
        answer.set_cookie(
            COOKIE,
            await self._door.cookie(),
            max_age=LASTS,
            path="",
            httponly=True,
            samesite="Strict",
            secure=self._is_https(request),
        )
        return answer

    def _is_https(self, request: web.Request) -> bool:
        """Whether the browser came by https: a proxy in between may say so, or the address."""
        forwarded, *_ = request.headers.get("X-Forwarded-Proto", "").split(",")
        if request.secure or forwarded.strip().lower() == "https":
            return True
        here = URL.build(scheme="http", authority=request.host or "unknown")
        return self._url.scheme == "https" and here.host == self._url.host


def open_site(webapp: PluginWebApp, url: URL, instance: Instance, version: str) -> Site:
    """Answer at a plugin's web address until maubot clears it, as it does when a plugin stops."""
    site = Site(instance, url, version)
    webapp.add_get("/", _guarded(site.dashboard))
    webapp.add_get("/metrics", _guarded(site.metrics))
    return site


_Handler = Callable[[web.Request], Awaitable[web.Response]]


def _guarded(handler: _Handler) -> _Handler:
    """What fails is logged, and told in a sentence."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except Exception:
            log.exception("The dashboard could not be shown")
            text = "Its figures cannot be read just now. Maubot's log says why."
            return _answer(503, plain("The bot is there", text))

    return answer


def _turned_away(entry: Entry, request: web.Request) -> web.Response:
    status, title, text = _TURNED_AWAY[entry]
    # Whoever follows a link from elsewhere comes without the cookie, as it is SameSite=Strict; a
    # page of ours that asks again brings it.
    elsewhere = request.headers.get("Sec-Fetch-Site", "") in ("cross-site", "same-site")
    again = entry is Entry.WRONG and elsewhere and "token" not in request.query
    return _answer(status, plain(title, text, again=again), **_more(entry))


def _more(entry: Entry) -> dict[str, str]:
    if entry is Entry.TOO_MANY:
        return {"Retry-After": "60"}
    return {"WWW-Authenticate": 'Bearer realm="llmstream"'} if entry is Entry.WRONG else {}


def _answer(status: int, page: str, *, nonce: str = "", **headers: str) -> web.Response:
    policy = _POLICY.format(nonce or secrets.token_urlsafe(16))
    return web.Response(
        status=status,
        body=page.encode(errors="replace"),  # half a character may be a part of a name
        content_type="text/html",
        charset="utf-8",
        headers={**_ALWAYS, "Content-Security-Policy": policy, **headers},
    )


def _text(status: int, text: str, entry: Entry | None = None) -> web.Response:
    headers = {**_ALWAYS, **(_more(entry) if entry else {})}
    return web.Response(status=status, text=text, headers=headers)
