"""The providers in use: connected when first asked, and anew when their settings change."""

from __future__ import annotations

from ...providers import Provider, Settings, connect


class Connections:
    """One connected provider for each name under `providers:`."""

    def __init__(self) -> None:
        self._open: dict[str, Provider] = {}
        self._replaced: list[Provider] = []

    def get(self, settings: Settings) -> Provider:
        """The provider with exactly these settings.

        An earlier one may still be writing: it stays open.
        """
        known = self._open.get(settings.name)
        if known is not None and known.settings == settings:
            return known
        if known is not None:
            self._replaced.append(known)
        self._open[settings.name] = connect(settings)
        return self._open[settings.name]

    async def close(self) -> None:
        """Close all connections."""
        for provider in (*self._open.values(), *self._replaced):
            await provider.close()
        self._open.clear()
        self._replaced.clear()
