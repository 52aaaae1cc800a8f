"""Where answers come from: one file for each kind of provider, each an async generator of chunks.

Nothing here knows Matrix, a room or the bot. The packages behind the providers (`openai`,
`ollama`, `anthropic`) are imported when first used, off the event loop.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..chunks import Chunk
from ..messages import Message, Tool


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach one provider: an entry under `providers:`.

    Args:
        name: What the admin calls it; error messages name it so.
        type: "openai", "ollama", "anthropic" or "demo".
        model: The model asked where the room names none.
        base_url: '' is the provider's own.
        api_key: The key itself, `env:NAME` or `file:/path`; '' where none is needed.
        headers: Sent with every request.
        options: Passed through to the request's body.
        price_in, price_out: Per million tokens; None where not set.
    """

    name: str
    type: str
    model: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    price_in: float | None = None
    price_out: float | None = None


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


class Provider(Protocol):
    """One connected provider.

    Attributes:
        package: The Python package that it needs; '' where it needs none.
    """

    package: str

    @property
    def settings(self) -> Settings:
        """How it is reached."""

    def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Chunks of one answer, in order, ending with `Finish`. Closing it ends the request.

        Raises:
            ProviderError: its text may be shown in a room.
        """

    async def models(self) -> list[str]:
        """The models it offers now, sorted. Raises `ProviderError`."""

    async def close(self) -> None:
        """Close connections."""


def connect(settings: Settings) -> Provider:
    """The provider that these settings describe. Nothing is imported or asked until it is used.

    Raises:
        ValueError: There is no such type.
    """
    from .anthropic import Anthropic
    from .demo import Demo
    from .ollama import Ollama
    from .openai import OpenAI

    match settings.type:
        case "demo":
            return Demo(settings)
        case "openai":
            return OpenAI(settings)
        case "ollama":
            return Ollama(settings)
        case "anthropic":
            return Anthropic(settings)
    raise ValueError(
        f"There is no provider type {settings.type!r}: openai, ollama, anthropic, demo."
    )
