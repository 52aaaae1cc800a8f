"""The bytes of a file in a room: fetched from the homeserver within a bound, and decrypted.

What a model can make of them is attachments.py's. mautrix's own download reads without a bound.

Spec: client-server API, "Content repository" (authenticated since v1.11), "Sending encrypted
attachments".
"""

from __future__ import annotations

import asyncio
import importlib
import json
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

from aiohttp import ClientError, ClientResponse
from mautrix.client import Client
from mautrix.errors import DecryptionError
from mautrix.types import EncryptedFile, SerializerError

from ...matrix.reading.raw import Raw
from ...matrix.reading.said import File

SECONDS = 30
"""How long fetching one file may take, the homeserver's own fetching from elsewhere included."""
AT_ONCE = 6
"""Files that are fetched side by side, for all conversations."""
KEPT = 64_000_000
"""Bytes of the files that were read last, so that the next question need not fetch them again."""
_REFUSED_FOR = 300.0  # seconds until a file that could not be had is asked for again

# Both parts go into a path of our own homeserver, which is asked with our token.
_MXC = re.compile(r"mxc://([A-Za-z0-9.:\[\]-]*[A-Za-z0-9\]])/([A-Za-z0-9_~=-]+)", re.ASCII)


Begins: TypeAlias = Callable[[bytes], bool]

UNKNOWN = "only pictures and text files can be"


class Unreadable(Exception):
    """The file cannot be read; the text says why and fits after "because": "it is damaged"."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What came of fetching a file; a failure `until` then."""

    content: bytes | Unreadable
    until: float = float("inf")

    @property
    def size(self) -> int:
        return 1_000 + (len(self.content) if isinstance(self.content, bytes) else 0)


class Files:
    """The files of an instance's rooms, each fetched once while it is remembered."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._fetching: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, file: File, most: int, begins: Begins | None = None) -> bytes:
        """As the function `fetch`; who asks for the same file meanwhile waits for this."""
        key = f"{file.url} {most} {json.dumps(file.lock, sort_keys=True, default=str)}"
        lock = self._fetching.setdefault(key, asyncio.Lock())
        async with lock:
            kept = self._kept.get(key)
            now = asyncio.get_running_loop().time()
            if kept is None or kept.until < now:
                kept = await self._fetch(file, most, begins)
            self._keep(key, kept)
        if isinstance(kept.content, Unreadable):
            raise Unreadable(*kept.content.args)
        return kept.content

    async def _fetch(self, file: File, most: int, begins: Begins | None) -> _Kept:
        async with self._room:
            try:
                return _Kept(await fetch(self._client, file, most, begins))
            except Unreadable as reason:
                return _Kept(reason, asyncio.get_running_loop().time() + _REFUSED_FOR)

    def _keep(self, key: str, kept: _Kept) -> None:
        self._kept[key] = kept
        self._kept.move_to_end(key)
        while sum(one.size for one in self._kept.values()) > KEPT:
            self._kept.popitem(last=False)


async def fetch(client: Client, file: File, most: int, begins: Begins | None = None) -> bytes:
    """The file's content in clear, at most `most` bytes of it.

    Args:
        begins: Whether the first bytes are of a file that is wanted; fetching ends where they are
            not. Not asked of an encrypted one.

    Raises:
        Unreadable: it is larger, cannot be had, or cannot be decrypted, or it begins otherwise.
    """
    if file.size is not None and file.size > most:
        raise _too_large(most)
    if not _MXC.fullmatch(file.url):
        raise Unreadable("it has no address on a Matrix server")
    try:
        async with asyncio.timeout(SECONDS):
            content = await _download(client, file.url, most, None if file.lock else begins)
    except TimeoutError:
        raise Unreadable(f"the server did not send it within {SECONDS} seconds") from None
    except ClientError:
        raise Unreadable("the server could not be reached") from None
    return content if file.lock is None else await _unlocked(content, file.lock)


async def _download(client: Client, url: str, most: int, begins: Begins | None) -> bytes:
    authenticated = await _get(client, url, most, begins, authenticated=True)
    if authenticated is not None:
        return authenticated
    # A server from before v1.11 knows only the old endpoint; a newer one has nothing new there.
    content = await _get(client, url, most, begins, authenticated=False)
    if content is None:
        raise Unreadable("the server does not have it")
    return content


async def _get(
    client: Client, url: str, most: int, begins: Begins | None, *, authenticated: bool
) -> bytes | None:
    """None where there is nothing at this endpoint."""
    address = client.api.get_download_url(url, authenticated=authenticated)
    headers = {"Authorization": f"Bearer {client.api.token}"} if authenticated else {}
    async with client.api.session.get(
        address, params={"allow_redirect": "true"}, headers=headers
    ) as response:
        if response.status == 404:
            return None
        if response.status != 200:
            raise Unreadable(f"the server refused it (HTTP {response.status})")
        return await _bounded(response, most, begins)


async def _bounded(response: ClientResponse, most: int, begins: Begins | None) -> bytes:
    content = bytearray()
    async for part in response.content.iter_chunked(64 * 1024):
        if begins and not content and not begins(part):
            raise Unreadable(UNKNOWN)
        content += part
        if len(content) > most:
            raise _too_large(most)
    return bytes(content)


async def _unlocked(content: bytes, lock: Raw) -> bytes:
    json_lock: Any = dict(lock)
    # Needs pycryptodome, which only a maubot with encryption has.
    try:
        attachments: Any = await asyncio.to_thread(
            importlib.import_module, "mautrix.crypto.attachments"
        )
    except ImportError:
        raise Unreadable("it is encrypted, and this bot has no encryption") from None
    try:
        key = EncryptedFile.deserialize(json_lock)
        clear: bytes = await asyncio.to_thread(
            attachments.decrypt_attachment, content, key.key.key, key.hashes["sha256"], key.iv
        )
    except (DecryptionError, SerializerError, KeyError, TypeError, ValueError):
        raise Unreadable("it could not be decrypted") from None
    return clear


def _too_large(most: int) -> Unreadable:
    return Unreadable(f"it is larger than {size(most)}")


def size(count: int) -> str:
    """A number of bytes as people write it: "100 kB", "5 MB"."""
    return f"{count // 1_000_000} MB" if count >= 1_000_000 else f"{count // 1_000} kB"
