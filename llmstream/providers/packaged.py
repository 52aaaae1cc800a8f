"""What the providers behind the `openai` and `anthropic` packages share.

One generator makes both packages: a client is made, given a key, asked and closed alike. They do
the asking; what comes back is read as it comes over the wire, because servers send much that the
packages' own readers do not take.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, Self, TypeVar

from .bounds import bound
from .listening import Response
from .remote import CONNECT_TIMEOUT, NO_KEY, Remote


class _Client(Protocol):
    def with_options(self, *, api_key: str) -> Self: ...

    async def close(self) -> None: ...


Client = TypeVar("Client", bound=_Client)


class Packaged(Remote[Client]):
    """A provider behind one of these packages. `client_class` is its client's name there."""

    client_class: str

    def _connect(self, package: Any, headers: dict[str, str]) -> Client:
        client: Client = getattr(package, self.client_class)(
            api_key=NO_KEY,
            base_url=self._address.url,
            default_headers=headers,
            timeout=package.Timeout(None, connect=CONNECT_TIMEOUT),
            max_retries=0,
            http_client=package.DefaultAsyncHttpxClient(event_hooks={"response": [bound]}),
        )
        return client

    def _with_key(self, client: Client, key: str) -> Client:
        return client.with_options(api_key=key)

    async def _disconnect(self, client: Client) -> None:
        await client.close()


@asynccontextmanager
async def response_of(raw: AbstractAsyncContextManager[Any]) -> AsyncGenerator[Response, None]:
    """The response itself, out of what the packages' `with_streaming_response` hands out."""
    async with raw as wrapped:
        yield wrapped.http_response
