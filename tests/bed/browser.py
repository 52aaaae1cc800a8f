"""A real browser without a window, for what a person sees of a page: Debian's Chromium.

    async with Browser.open() as browser, browser.window(width=390, scheme="dark") as window:
        await window.page.goto(url)
        assert not window.complaints

It knows no page; what stands where on those of maubot is web_ui.py's.
"""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from playwright import async_api as playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ENOUGH = 64 << 30  # bytes of address space; its JavaScript reserves much more than it uses
_PATIENCE = 60_000  # milliseconds

Scheme: TypeAlias = Literal["light", "dark"]


class NoBrowser(Exception):
    """There is none to be used here. The text says why."""


@dataclass(frozen=True, slots=True)
class Window:
    """A page, and what the browser had to complain of: in its console, errors, dialogs."""

    page: playwright.Page
    complaints: list[str] = field(default_factory=list)

    def _listen(self) -> None:
        say = self.complaints.append
        self.page.set_default_timeout(_PATIENCE)
        self.page.on("pageerror", lambda error: say(f"error: {error}"))
        self.page.on(
            "console",
            lambda said: say(said.text) if said.type in ("error", "warning") else None,
        )

        async def dismiss(dialog: playwright.Dialog) -> None:
            say(f"dialog: {dialog.message}")
            await dialog.dismiss()

        self.page.on("dialog", dismiss)

    async def sideways(self) -> int:
        """How many pixels of the page are cut off at its right side; nobody scrolls there."""
        seen = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        pixels: int = await self.page.evaluate(seen)
        return pixels


class Browser:
    """A running one. Each window is somebody else's: it shares no cookies with the others."""

    def __init__(self, chromium: playwright.Browser) -> None:
        self._chromium = chromium

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Browser]:
        """Start it; it ends with the block.

        Raises:
            NoBrowser: there is none here, or it may not have the memory that it asks for.
        """
        program = next(filter(None, map(shutil.which, _NAMES)), None)
        if program is None:
            raise NoBrowser("there is no Chromium here (Debian: apt-get install chromium)")
        most, _ = resource.getrlimit(resource.RLIMIT_AS)
        if most != resource.RLIM_INFINITY and most < _ENOUGH:
            raise NoBrowser("Chromium does not start where address space is limited (ulimit -v)")
        # As root, in a container, it cannot have its sandbox, and /dev/shm may be small.
        flags = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        async with playwright.async_playwright() as driver:
            chromium = await driver.chromium.launch(executable_path=program, args=flags)
            try:
                yield cls(chromium)
            finally:
                await chromium.close()

    @asynccontextmanager
    async def window(
        self,
        *,
        width: int = 1280,
        height: int = 800,
        scale: float = 1,
        scheme: Scheme = "light",
        javascript: bool = True,
        cookies: playwright.StorageState | None = None,
    ) -> AsyncIterator[Window]:
        """A new one, of so many pixels. `cookies` are those that another has gathered."""
        context = await self._chromium.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            color_scheme=scheme,
            java_script_enabled=javascript,
            storage_state=cookies,
            locale="en-GB",
            timezone_id="UTC",
        )
        try:
            window = Window(await context.new_page())
            window._listen()
            yield window
        finally:
            await context.close()
