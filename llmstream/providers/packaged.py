"""What the providers behind the `openai` and `anthropic` packages share.

One generator makes both packages: a client is made, given a key, asked and closed alike, and its
answers are read as plain dicts.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Protocol, Self, TypeVar

from .base import ProviderType, Request, Settings
from .kept import Besides
from .listening import pieces
from .refusals import Feature
from .remote import CONNECT_TIMEOUT, NO_KEY, Remote


class _Client(Protocol):
    def with_options(self, *, api_key: str) -> Self: ...

    async def close(self) -> None: ...


Client = TypeVar("Client", bound=_Client)


class Packaged(Remote[Client, Mapping[str, Any]]):
    """A provider behind one of these packages. `client_class` is its client's name there."""

    client_class: str

    def __init__(self, settings: Settings, kind: ProviderType) -> None:
        super().__init__(settings, kind)
        self._besides = Besides()

    @abstractmethod
    def _create(
        self, client: Client, request: Request, without: frozenset[Feature]
    ) -> Callable[..., Awaitable[Any]]:
        """The package's call for an answer, with all but `stream`."""

    def _connect(self, package: Any, headers: dict[str, str]) -> Client:
        client: Client = getattr(package, self.client_class)(
            api_key=NO_KEY,
            base_url=self._address.url,
            default_headers=headers,
            timeout=package.Timeout(None, connect=CONNECT_TIMEOUT),
            max_retries=0,
        )
        return client

    def _with_key(self, client: Client, key: str) -> Client:
        return client.with_options(api_key=key)

    async def _disconnect(self, client: Client) -> None:
        await client.close()

    def _send(
        self, client: Client, request: Request, without: frozenset[Feature]
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        create = self._create(client, request, without)
        return pieces(create, request, at_once=not request.stream or Feature.STREAM in without)
