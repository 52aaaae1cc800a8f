"""Who is let in: the token of the configuration, once; then a cookie that was made with it.

Decides, and answers nothing (site.py does). Comparisons take the same time for every guess. Where
the token is short enough to be guessed, whoever guesses wrong may do so a few times a minute; a
long one needs no such bound, and nobody can shut out who has it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum, auto
from urllib.parse import unquote

from aiohttp import web

from ...secrets import SecretMissing, read_secret

log = logging.getLogger(__name__)

COOKIE = "llmstream_dashboard"
LASTS = 30 * 86400
"""Seconds for which a cookie is good."""
LONG = 32
"""Characters of a token that nobody guesses."""


class Entry(Enum):
    """What a request is told.

    WITH_TOKEN and WITH_COOKIE are let in. CLOSED: there is no token, hence no page. UNREADABLE:
    the token is not where the configuration says. TOO_MANY: wrong guesses; this one was not read.
    """

    WITH_TOKEN = auto()
    WITH_COOKIE = auto()
    WRONG = auto()
    TOO_MANY = auto()
    CLOSED = auto()
    UNREADABLE = auto()


class Door:
    """The door of one instance. `written` says what `dashboard.token` is now."""

    def __init__(self, written: Callable[[], str]) -> None:
        self._written = written
        self._guesses = Guesses()
        self._said = ""

    async def entry(self, request: web.Request) -> Entry:
        """What becomes of this request."""
        token = await self._token()
        if not token:
            return Entry.UNREADABLE if self._written() else Entry.CLOSED
        if _is_good(request.cookies.get(COOKIE, ""), token):
            return Entry.WITH_COOKIE
        shown = _shown(request)
        if not shown:
            return Entry.WRONG
        address = request.remote or ""
        if len(token) < LONG and not self._guesses.left(address):
            return Entry.TOO_MANY
        if any(_same(one, token) for one in shown):
            return Entry.WITH_TOKEN
        self._guesses.wrong(address)
        return Entry.WRONG

    async def cookie(self) -> str:
        """What a browser is given after its first visit. A new token makes it worthless."""
        until = f"{int(time.time()) + LASTS}"
        return f"{until}.{_signed(until, await self._token())}"

    async def _token(self) -> str:
        """The secret itself; '' where there is none, or none to be read, which is said once."""
        try:
            token = await asyncio.to_thread(read_secret, self._written())
        except SecretMissing as error:
            if self._said != str(error):
                log.warning("dashboard.token should be in %s: the page stays closed.", error)
                self._said = str(error)
            return ""
        self._said = ""
        return token.strip()


class Guesses:
    """How many wrong tokens an address may still show: a few at once, then one now and again.

    All addresses together have a bound too, and so has what is remembered of them.
    """

    AT_ONCE, EVERY = 10, 6.0
    """Of one address: guesses, and seconds until the next."""
    ADDRESSES = 20
    """All of them may guess so many times as often."""
    REMEMBERED = 1000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def left(self, address: str) -> bool:
        """Whether another guess is read."""
        return all(
            self._taken(key, share) + 1 <= share * self.AT_ONCE for key, share in _of(address)
        )

    def wrong(self, address: str) -> None:
        """One was wrong."""
        for key, share in _of(address):
            self._used[key] = self._taken(key, share) + 1, self._clock()
            self._used.move_to_end(key)
        while len(self._used) > self.REMEMBERED:
            self._used.popitem(last=False)

    def _taken(self, key: str, share: int) -> float:
        taken, at = self._used.get(key, (0.0, 0.0))
        return max(0.0, taken - share * (self._clock() - at) / self.EVERY)


def _of(address: str) -> tuple[tuple[str, int], ...]:
    return (f"at {address}", 1), ("", Guesses.ADDRESSES)


def _shown(request: web.Request) -> list[str]:
    """The token that a request brings, in the header or the address, as it may be meant."""
    kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and bearer.strip():
        return [bearer.strip()]
    token = request.query.get("token", "").strip()
    # Tokens as they are commonly made have a + or two. Whoever types one into an address sends a
    # space, and maubot (0.6.0, server.py) encodes %2B once more.
    meant = (token, token.replace(" ", "+"), unquote(token))
    return list(dict.fromkeys(meant)) if token else []


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(_digest(one), _digest(other))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()


def _is_good(cookie: str, token: str) -> bool:
    until, _, signature = cookie.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) < 20):
        return False
    return _same(signature, _signed(until, token)) and time.time() < int(until)


def _signed(until: str, token: str) -> str:
    return hmac.new(_digest(token), f"dashboard {until}".encode(), hashlib.sha256).hexdigest()
