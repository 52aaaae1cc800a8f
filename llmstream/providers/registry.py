"""The types of providers there are: one table, which all the rest reads.

A new one is a row here, and a module with its class beside the others.
"""

from __future__ import annotations

from collections.abc import Mapping

from .anthropic import Anthropic
from .base import Provider, ProviderType, Settings
from .demo import Demo
from .ollama import Ollama
from .openai import OpenAI
from .responses import OpenAIResponses


def _openai(settings: Settings, kind: ProviderType) -> Provider:
    return (OpenAIResponses if settings.api == "responses" else OpenAI)(settings, kind)


TYPES: Mapping[str, ProviderType] = {
    "openai": ProviderType(
        _openai,
        package="openai",
        default_url="https://api.openai.com/v1",
        url_path="/v1",
        needs_key=True,
    ),
    "ollama": ProviderType(Ollama, package="ollama", default_url="http://localhost:11434"),
    "anthropic": ProviderType(
        Anthropic,
        package="anthropic",
        default_url="https://api.anthropic.com",
        needs_key=True,
        largest_picture=3_900_000,  # 5 MiB as base64
    ),
    "demo": ProviderType(Demo),
}
"""By what stands at `type:` in the configuration."""


def connect(settings: Settings) -> Provider:
    """The provider that these settings describe. Nothing is imported or asked until it is used.

    Raises:
        ValueError: There is no such type.
    """
    if settings.type not in TYPES:
        known = ", ".join(TYPES)
        raise ValueError(f"There is no provider type {settings.type!r}: it is one of {known}.")
    kind = TYPES[settings.type]
    return kind.make(settings, kind)
