"""maubot's own web UI in a real browser: the steps that README asks of a person.

    ui = WebUi(window.page, maubot)
    await ui.log_in()
    await ui.upload(archive)

The same without a browser is maubot.py.
"""

from __future__ import annotations

import re

from playwright.async_api import FilePayload, Locator, Page, expect

from .maubot import ADMIN, PLUGIN_ID, Maubot
from .synapse import Account

_ALL = "Control+a"


class WebUi:
    """One who looks at it. Each step ends when the page shows that it is done."""

    def __init__(self, page: Page, maubot: Maubot) -> None:
        self._page = page
        self._maubot = maubot

    async def log_in(self) -> None:
        """As the admin."""
        await self._page.goto(self._maubot.web_ui)
        await self._page.get_by_placeholder("Username").fill(ADMIN)
        await self._page.get_by_placeholder("Password").fill(self._maubot.password)
        await self._page.get_by_role("button", name="Log in").click()
        await self._page.get_by_role("heading", name="Instances").wait_for()

    async def upload(self, archive: bytes) -> None:
        """A new plugin: the + beside *Plugins*."""
        await self._add("Plugins")
        await self._drop(archive)
        await self._page.wait_for_url(re.compile(f"/plugin/{PLUGIN_ID}$"))

    async def replace(self, archive: bytes, version: str) -> None:
        """A newer version, on the plugin's own page."""
        await self._open(f"/plugin/{PLUGIN_ID}")
        await self._drop(archive)
        await expect(self._field("Version")).to_have_value(version)

    async def create_client(self, homeserver: str, account: Account) -> None:
        """The + beside *Clients*."""
        await self._add("Clients")
        await self._field("User ID").fill(account.user_id)
        await self._choose("Homeserver", homeserver, typed=True)
        await self._field("Access token").fill(account.access_token)
        await self._field("Device ID").fill(account.device_id)
        await self._page.get_by_role("button", name="Create").click()
        await self._page.get_by_text("Started", exact=True).wait_for()

    async def verify_client(self, client: str) -> None:
        """Let an account that nobody has logged into before vouch for its own device."""
        await self._page.locator("nav .client", has_text=client).click()
        await self._page.get_by_role("button", name="Generate recovery key").click()
        await self._page.get_by_text("Recovery key:").wait_for()

    async def create_instance(self, instance: str, client: str) -> None:
        """The + beside *Instances*. The client is known by what it is called."""
        await self._add("Instances")
        await self._field("ID").fill(instance)
        await self._choose("Primary user", client)
        await self._choose("Type", PLUGIN_ID)
        await self._page.get_by_role("button", name="Create").click()
        await self._page.wait_for_url(re.compile(f"/instance/{instance}$"))

    async def configuration(self, instance: str) -> str:
        """What the editor of an instance holds: all of it, not what is seen of it."""
        await self._open(f"/instance/{instance}")
        await self._editor.wait_for()
        held = "document.querySelector('.ace_editor').env.editor.getValue()"
        text: str = await self._page.evaluate(held)
        return text

    async def save(self, config: str) -> str:
        """Write this in the editor and press *Save*. Returns what the page complains of, or ''."""
        await self._editor.click()
        await self._page.keyboard.press(_ALL)
        await self._page.keyboard.insert_text(config)
        button = self._page.get_by_role("button", name="Save")
        async with self._page.expect_response(re.compile("/v1/instance/")):
            await button.click()
        await button.wait_for()
        return await self._page.locator("main .error").inner_text()

    async def log(self) -> list[str]:
        """What stands in *View logs*, at level WARNING or above."""
        await self._page.locator("nav").get_by_role("button", name="View logs").click()
        rows = self._page.locator(".log .row:is(.warning, .error)")
        await rows.last.wait_for()
        return await rows.all_inner_texts()

    async def close_log(self) -> None:
        """A click beside it."""
        await self._page.mouse.click(5, 5)
        await self._page.locator(".log").wait_for(state="detached")

    @property
    def _editor(self) -> Locator:
        return self._page.locator(".ace_content")

    def _field(self, name: str) -> Locator:
        return self._page.get_by_label(name, exact=True)

    async def _add(self, what: str) -> None:
        title = self._page.locator("nav .title", has_text=what)
        await title.get_by_role("link").click()

    async def _open(self, path: str) -> None:
        await self._page.locator(f'nav a[href$="{path}"]').click()

    async def _drop(self, archive: bytes) -> None:
        file = FilePayload(name="plugin.mbp", mimeType="application/zip", buffer=archive)
        await self._page.locator("main input[type=file]").set_input_files(file)

    async def _choose(self, row: str, value: str, *, typed: bool = False) -> None:
        entry = self._page.locator(".entry", has=self._page.get_by_text(row, exact=True))
        await entry.locator(".select").click()
        if typed:
            await self._page.keyboard.type(value)
            await self._page.keyboard.press("Enter")
        else:
            await entry.get_by_text(value, exact=True).last.click()
