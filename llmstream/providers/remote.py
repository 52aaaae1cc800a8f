"""What the providers that ask a server have in common: one client, asked through attempts.py.

Each of them says only what is its own: how to make its client, write a request and read an answer.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from dataclasses import replace
from functools import partial
from typing import Any, Generic, TypeVar

from ..chunks import Chunk
from ..shapes import count
from ..well_formed import well_formed_chunks
from .adapting import adapted
from .attempts import Ask, attempts, left_out
from .base import ProviderType, Request, Settings
from .bounds import ACCEPTED
from .credentials import Address, read_key
from .explain import Asked, error_for, no_model, unauthorized
from .failures import Failure, Kind, failure_of
from .importing import load
from .listening import Reader, Response, for_all, heard, idle, model_ids
from .pictures import fitted
from .refusals import Refusals, Terms
from .think import ThinkDecoder, told_apart

Client = TypeVar("Client")

CONNECT_TIMEOUT = 10.0  # seconds
_MODELS_TIMEOUT = 30.0

_TOKENS = ("max_tokens", "max_completion_tokens", "max_output_tokens")  # names of one option

NO_KEY = "none"
"""Sent where no key is set: the packages want one, and would else take it from the environment."""


class Remote(ABC, Generic[Client]):
    """A provider behind a server. See `Provider` for what its methods promise."""

    def __init__(self, settings: Settings, kind: ProviderType) -> None:
        self._settings = settings
        self._type = kind
        self._address = Address.of(settings.base_url or kind.default_url)
        self._refusals = Refusals()
        self._closed_alone: dict[str, str] = {}  # how a model's thoughts end that never begin
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    @property
    def settings(self) -> Settings:
        return self._settings

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        request = replace(request, model=request.model or self._settings.model)
        if not request.model:
            raise no_model(self._settings)
        if any(message.images for message in request.messages):
            fit = await asyncio.to_thread(fitted, request.messages, self._type.largest_picture)
            request = replace(request, messages=fit.messages)
            for name in fit.left_out:
                yield left_out(f"{name} was left out: it is too large, or of an unusual kind")
        asked = await self._asked(request.model, tools=bool(request.tools))
        ask = Ask(partial(self._ask, asked.secret), self._tokens_sent)
        async with aclosing(attempts(ask, request, asked, self._refusals)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def models(self) -> list[str]:
        asked = await self._asked()
        client = await self._connected(asked.secret)
        try:
            async with asyncio.timeout(_MODELS_TIMEOUT), self._list(client) as response:
                return sorted(await model_ids(response))
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

    async def _ask(self, key: str, request: Request, terms: Terms) -> AsyncGenerator[Chunk, None]:
        client = await self._connected(key)
        decoder = ThinkDecoder(self._closed_alone.get(request.model, ""))
        read = self._read(client, adapted(request, terms), terms)
        answer = told_apart(well_formed_chunks(read), decoder)
        async with aclosing(answer) as chunks:
            async for chunk in chunks:
                yield chunk
        self._closed_alone[request.model] = decoder.closed_alone

    async def _read(
        self, client: Client, request: Request, terms: Terms
    ) -> AsyncGenerator[Chunk, None]:
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(idle(request) if request.stream else for_all(request)):
                sending = self._send(client, request, terms)
                response = await stack.enter_async_context(sending)
            hearing = heard(response, self.reader(), request)
            async for chunk in await stack.enter_async_context(aclosing(hearing)):
                yield chunk

    async def _connected(self, key: str) -> Client:
        """The client, made when first used."""
        async with self._connecting:
            if self._client is None:
                package = await load(self._type.package)
                # Reads the certificates: 50 ms.
                self._client = await asyncio.to_thread(self._connect, package, self._headers())
        return self._with_key(self._client, key or NO_KEY)

    def _headers(self) -> dict[str, str]:
        from_url = self._address.authorization
        authorization = {"Authorization": from_url} if from_url else {}
        return {**ACCEPTED, **authorization, **self._settings.headers}

    @abstractmethod
    def _connect(self, package: Any, headers: dict[str, str]) -> Client:
        """A client whose responses go through `bounds.bound`, that limits nothing but the time to
        connect, and never tries again.
        """

    @abstractmethod
    def _with_key(self, client: Client, key: str) -> Client:
        """The same client, asking with this key."""

    def _tokens_sent(self, request: Request, terms: Terms) -> int:
        """The `max_tokens` that goes into this request; 0 for none."""
        options = self._settings.options
        named = (options.get(name) for name in _TOKENS)
        by_option = next(filter(None, map(count, named)), 0)
        return terms.tokens(request.max_tokens or by_option)

    @abstractmethod
    def _send(
        self, client: Client, request: Request, terms: Terms
    ) -> AbstractAsyncContextManager[Response]:
        """Ask this question, adapted to the terms already but for what is the API's own: the
        response, of which nothing is read.
        """

    @abstractmethod
    def reader(self) -> Reader:
        """What understands an answer; one for each."""

    @abstractmethod
    def _list(self, client: Client) -> AbstractAsyncContextManager[Response]:
        """Ask which models there are."""

    @abstractmethod
    async def _disconnect(self, client: Client) -> None: ...
