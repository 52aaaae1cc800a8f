"""How an answer looks, as the configuration wants it. What the library makes of it:
matrix/content/style.py.
"""

from __future__ import annotations

from ...matrix.content.style import About, Style
from ..config import Configuration, RoomSettings


def about(configuration: Configuration, settings: RoomSettings, name: str, model: str) -> About:
    """Where an answer of the provider of this name comes from; '' is its own model."""
    provider = configuration.providers.get(name)
    if provider is None:
        return About(name, model, footer=settings.footer)
    return About(
        provider=provider.name,
        model=model or provider.model,
        footer=settings.footer,
    )


def style(settings: RoomSettings) -> Style:
    """How it behaves in the room with these settings."""
    return Style(
        edit_interval_ms=settings.edit_interval_ms,
        max_edits=settings.max_edits,
        placeholder=settings.placeholder,
        placeholder_after_ms=settings.placeholder_after_ms,
        notify=settings.notify,
        reasoning=settings.reasoning,
        tables=settings.tables,
        stream=settings.stream,
    )
