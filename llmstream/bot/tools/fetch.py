"""The tool `fetch`: a page of the public internet as text.

The address comes from a model, which may have it from anybody. So each hop is checked anew: http
and https only, no credentials, public addresses only (public_hosts.py), bounded in size and time,
and few at once (fetch_queue.py).
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
from yarl import URL

from ...messages import Tool
from .charsets import decoded
from .fetch_queue import FetchQueue
from .public_hosts import Allowed, NotAllowed, Resolver, may_be_asked, public
from .readable import readable
from .tool import LIMIT, BoundTool, Result, ToolError, from_outside

_SECONDS = 15.0
_BYTES = 2**20  # read of a page, and unpacked from it
_REDIRECTS = 5
_HEADERS = {
    "User-Agent": "llmstream (a chat bot; reads single pages on request)",
    "Accept": "text/html, text/*;q=0.9, application/json;q=0.8, */*;q=0.1",
    "Accept-Encoding": "gzip",
}
_TEXT = re.compile(r"text/.+|application/(.+\+)?(json|xml|yaml|javascript)")
_PACKED = re.compile(r"(x-)?gzip|deflate")
_readers = ThreadPoolExecutor(1, "fetch-page")  # of Python's own speed, so two gain nothing
_queue = FetchQueue()

_TOLD = Tool(
    "fetch",
    "Reads a page of the public internet (http or https) and returns it as plain text.",
    {
        "type": "object",
        "properties": {"url": {"type": "string", "description": "The whole address of the page."}},
        "required": ["url"],
    },
)


@dataclass(frozen=True, slots=True)
class _Page:
    url: URL
    status: int
    type: str
    charset: str
    body: bytes


class Fetch:
    """Reads pages.

    Args:
        allowed: Which addresses and ports may be reached.
        seconds: How long one page may take, redirects and all.
    """

    def __init__(self, allowed: Allowed = public, seconds: float = _SECONDS) -> None:
        self._allowed = allowed
        self._seconds = seconds

    async def __call__(self, arguments: Mapping[str, Any]) -> Result:
        """The page at `url`. Raises `ToolError`."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._seconds) as clock:
                page = await self._follow(str(arguments.get("url", "")), clock)
                text = await loop.run_in_executor(_readers, _text, page)
        except TimeoutError:
            raise ToolError(f"The page did not come within {self._seconds:g} s.") from None
        return from_outside("fetch", f"{page.url}\n\n{text}", is_error=page.status >= 400)

    async def _follow(self, address: str, clock: asyncio.Timeout) -> _Page:
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=Resolver(self._allowed), use_dns_cache=False),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            auto_decompress=False,
        ) as session:
            url = self._checked(address)
            for _ in range(_REDIRECTS + 1):
                async with _queue.turn(url.host or "", clock):
                    found = await _get(session, url)
                if isinstance(found, _Page):
                    return found
                url = self._checked(found, url)
        raise ToolError(f"The page redirects more than {_REDIRECTS} times.")

    def _checked(self, address: str, base: URL | None = None) -> URL:
        try:
            url = URL(address) if base is None else base.join(URL(address))
            host, port = url.host, url.port
        except ValueError:
            host = port = None
        if not host or not port or url.scheme not in ("http", "https"):
            raise ToolError(
                "Only whole addresses that begin with http:// or https:// can be read."
            )
        if url.user is not None or url.password is not None:
            raise ToolError("Addresses with a user name or password in them are not read.")
        if not may_be_asked(host, port, self._allowed):
            raise _refusal()
        return url.with_fragment(None)


async def _get(session: aiohttp.ClientSession, url: URL) -> _Page | str:
    """The page, or where it redirects to."""
    try:
        async with session.get(url, allow_redirects=False) as response:
            location = response.headers.get("Location")
            if response.status in (301, 302, 303, 307, 308) and location:
                return location
            if not _TEXT.fullmatch(response.content_type):
                raise ToolError("There is no text at this address, but something else.")
            body = await _read(response)
            return _Page(url, response.status, response.content_type, response.charset or "", body)
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, NotAllowed):
            raise _refusal() from None
        raise ToolError("Nothing answers at this address.") from error
    except (aiohttp.ClientError, ValueError) as error:
        raise ToolError("The page could not be read.") from error


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of the body, unpacked here because unpacking has to be bounded too."""
    packed = response.headers.get("Content-Encoding", "identity").strip().lower()
    # 47: gzip or zlib, as it comes. Some servers send deflate to those who only take gzip.
    unpack = zlib.decompressobj(wbits=47) if _PACKED.fullmatch(packed) else None
    if unpack is None and packed != "identity":
        raise ToolError("The page is packed in a way that is not known here.")
    body, came = bytearray(), 0
    async for piece in response.content.iter_chunked(16_384):
        came += len(piece)
        try:
            body += unpack.decompress(piece, _BYTES) if unpack else piece
        except zlib.error as error:
            raise ToolError("The page could not be unpacked.") from error
        if max(came, len(body)) >= _BYTES:
            break
    return bytes(body[:_BYTES])


def _text(page: _Page) -> str:
    text = decoded(page.body, page.charset)
    return readable(text, LIMIT) if "html" in page.type else text


def _refusal() -> ToolError:
    return ToolError(
        "Only pages on the public internet are read, and only at the ports that `fetch_ports` "
        "names in the configuration."
    )


def fetch(ports: Collection[int]) -> BoundTool:
    """The tool, for pages at these ports."""
    return BoundTool(_TOLD, "fetch", Fetch(partial(public, ports=frozenset(ports))))
