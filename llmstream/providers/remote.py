"""What the providers that ask a server have in common: one client, asked through attempts.py.

Each of them says only what is its own: how to make its client, write a request and read an answer.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from ..chunks import Chunk
from .attempts import attempts
from .base import ProviderType, Request, Settings
from .explain import Asked, error_for, no_model, unauthorized
from .failures import Failure, Kind, failure_of
from .importing import load
from .keys import Address, read_key
from .refusals import Feature, Refusals
from .think import told_apart

Client = TypeVar("Client")
Piece = TypeVar("Piece", contravariant=True)

CONNECT_TIMEOUT = 10.0  # seconds
_MODELS_TIMEOUT = 30.0

NO_KEY = "none"
"""Sent where no key is set: the packages want one, and would else take it from the environment."""


class Reader(Protocol[Piece]):
    """Reads one answer."""

    def take(self, piece: Piece, /) -> Iterable[Chunk]:
        """What this piece says. Raises `Failed` where it is an error."""

    def end(self) -> Iterable[Chunk]:
        """What only the whole answer says. Raises `Failed` where it is not whole."""


class Remote(ABC, Generic[Client, Piece]):
    """A provider behind a server. See `Provider` for what its methods promise."""

    def __init__(self, settings: Settings, kind: ProviderType) -> None:
        self._settings = settings
        self._type = kind
        self._address = Address.of(settings.base_url or kind.default_url)
        self._refusals = Refusals()
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    @property
    def settings(self) -> Settings:
        return self._settings

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        request = replace(request, model=request.model or self._settings.model)
        if not request.model:
            raise no_model(self._settings)
        asked = await self._asked(request.model, tools=bool(request.tools))
        answer = attempts(partial(self._ask, asked.secret), request, asked, self._refusals)
        async with aclosing(answer) as chunks:
            async for chunk in chunks:
                yield chunk

    async def models(self) -> list[str]:
        asked = await self._asked()
        client = await self._connected(asked.secret)
        try:
            async with asyncio.timeout(_MODELS_TIMEOUT):
                return sorted(await self._list_models(client))
        except TimeoutError as error:
            raise error_for(Failure(Kind.LOST), asked) from error
        except Exception as error:
            if failure := failure_of(error):
                raise error_for(failure, asked) from error
            raise

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await self._disconnect(client)

    async def _asked(self, model: str = "", *, tools: bool = False) -> Asked:
        """Whom we ask, with the key as it is now."""
        settings = self._settings
        key = await asyncio.to_thread(read_key, settings)
        asked = Asked(settings, self._type, self._address, model, key, tools)
        if self._type.needs_key and not (key or settings.base_url or settings.headers):
            raise unauthorized(asked)
        return asked

    async def _ask(
        self, key: str, request: Request, without: frozenset[Feature]
    ) -> AsyncGenerator[Chunk, None]:
        client = await self._connected(key)
        async with aclosing(told_apart(self._read(client, request, without))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _read(
        self, client: Client, request: Request, without: frozenset[Feature]
    ) -> AsyncGenerator[Chunk, None]:
        reader = self._reader()
        async with aclosing(self._send(client, request, without)) as pieces:
            async for piece in pieces:
                for chunk in reader.take(piece):
                    yield chunk
        for chunk in reader.end():
            yield chunk

    async def _connected(self, key: str) -> Client:
        """The client, made when first used."""
        async with self._connecting:
            if self._client is None:
                self._client = self._connect(await load(self._type.package), self._headers())
        return self._with_key(self._client, key or NO_KEY)

    def _headers(self) -> dict[str, str]:
        from_url = self._address.authorization
        return {**({"Authorization": from_url} if from_url else {}), **self._settings.headers}

    @abstractmethod
    def _connect(self, package: Any, headers: dict[str, str]) -> Client:
        """A client that limits nothing but the time to connect, and never tries again."""

    @abstractmethod
    def _with_key(self, client: Client, key: str) -> Client:
        """The same client, asking with this key."""

    @abstractmethod
    def _send(
        self, client: Client, request: Request, without: frozenset[Feature]
    ) -> AsyncGenerator[Piece, None]:
        """Ask once, leaving out what is in `without`: what the server sends, piece by piece."""

    @abstractmethod
    def _reader(self) -> Reader[Piece]:
        """What understands these pieces; one for each answer."""

    @abstractmethod
    async def _list_models(self, client: Client) -> list[str]: ...

    @abstractmethod
    async def _disconnect(self, client: Client) -> None: ...
