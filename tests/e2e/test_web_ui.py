"""The whole path of an admin, in maubot's own web UI with a real browser."""

from __future__ import annotations

import io
import re
from pathlib import Path
from zipfile import ZipFile

from ..bed.bed import Bed, Bot
from ..bed.browser import Browser
from ..bed.maubot import Maubot
from ..bed.models import ModelServer
from ..bed.person import Person
from ..bed.web_ui import WebUi
from .scene import KEY

NEXT = "99.0.0"


async def test_from_the_upload_to_an_answer_and_to_the_next_version(
    bed: Bed,
    browser: Browser,
    models: ModelServer,
    alice: Person,
    archive: bytes,
    tmp_path: Path,
) -> None:
    account = await bed.synapse.register("clicked")
    bot = Bot("mine", account)
    async with Maubot.up(tmp_path) as maubot, browser.window() as window:
        ui = WebUi(window.page, maubot)
        await ui.log_in()
        await ui.upload(archive)
        await ui.create_client(bed.synapse.url, account)
        await ui.create_instance(bot.instance, "clicked")

        room = await bed.room(alice, bot)

        async def answers() -> str:
            asked = await alice.say(room, "!ask hello")
            return (await bed.answer(alice, room, bot, after=asked)).body

        assert "A tour of this room" in await answers()

        url = models.url_for("openai")
        provider = f'{{type: openai, model: small, api_key: {KEY}, base_url: "{url}"}}'
        config = _changed(
            await ui.configuration(bot.instance),
            ("demo: {type: demo}", f"work: {provider}"),
            ("provider: demo", "provider: work"),
            ("admins: []", f"admins: ['{alice.user_id}']"),
        )
        assert await ui.save(config) == ""
        assert "Hello from the model" in await answers()

        assert await ui.save(_changed(config, ("trigger: mention", "trigger: sometimes"))) == ""
        [said] = await ui.log()
        assert "defaults.trigger is `sometimes`; it can be command, mention or all" in said
        await ui.close_log()
        assert "Hello from the model" in await answers()

        await ui.replace(_of_version(archive, NEXT), NEXT)
        assert "Hello from the model" in await answers()
        assert not window.complaints


def _changed(config: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert config.count(old) == 1, old
        config = config.replace(old, new)
    return config


def _of_version(archive: bytes, version: str) -> bytes:
    """The same plugin, as if it were this version."""
    written = io.BytesIO()
    with ZipFile(io.BytesIO(archive)) as old, ZipFile(written, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "maubot.yaml":
                content = re.sub(rb"(?m)^version: .*", f"version: {version}".encode(), content)
            new.writestr(item, content)
    return written.getvalue()
