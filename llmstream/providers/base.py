"""What every provider is: how it is reached, what it is asked, and what it promises.

No provider is known here (registry.py has the table of them), nor how one is asked over a network
(remote.py).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..chunks import Chunk, Price
from ..messages import Message, Tool


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach one provider: an entry under `providers:`.

    Args:
        name: What the admin calls it; error messages name it so.
        type: A key of `registry.TYPES`.
        model: The model asked where the room names none.
        base_url: '' is the provider's own.
        api_key: The key itself, `env:NAME` or `file:/path`; '' where none is needed.
        headers: Sent with every request.
        options: Passed through to the request's body.
        api: Which of its APIs a provider is asked by, where it has several: "chat" or "responses".
        price_in, price_out: In US dollars per million tokens; None where not set.
    """

    name: str
    type: str
    model: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    api: str = "chat"
    price_in: Price = None
    price_out: Price = None


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model. '' / None / 0 leave a choice to the provider.

    `stream=False` asks for the whole answer at once. `idle_timeout` is in seconds without anything
    sent; an answer that comes at once may take ten times as long.
    """

    messages: Sequence[Message]
    model: str = ""
    temperature: float | None = None
    max_tokens: int = 0
    tools: Sequence[Tool] = ()
    stream: bool = True
    idle_timeout: float = 120.0


class Answerer(Protocol):
    """What can be asked."""

    @property
    def settings(self) -> Settings:
        """How it is reached."""

    def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Chunks of one answer, in order, ending with `Finish`. Closing it ends the request.

        Raises:
            ProviderError: its text may be shown in a room.
        """


class Provider(Answerer, Protocol):
    """One connected provider."""

    async def models(self) -> list[str]:
        """The models it offers now, sorted. Raises `ProviderError`."""

    async def close(self) -> None:
        """Close connections."""


@dataclass(frozen=True, slots=True)
class ProviderType:
    """What `type:` names: a row of the table in registry.py.

    Args:
        make: Connects a provider. Nothing is imported or asked until it is used.
        package: The Python package that it needs; '' where it needs none.
        default_url: Where it is asked when no `base_url` is set; '' where nothing is asked.
        url_path: What the path of a `base_url` has at its end ("/v1"), for whoever forgot it.
        needs_key: Nothing answers at `default_url` without a key.
        largest_picture: Bytes of a picture that it takes.
    """

    make: Callable[[Settings, ProviderType], Provider]
    package: str = ""
    default_url: str = ""
    url_path: str = ""
    needs_key: bool = False
    largest_picture: int = 15_000_000
