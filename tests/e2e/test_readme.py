"""README's way from nothing to an answer, word for word: its commands, its form, its YAML."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from mbp.pack import ROOT

from ..bed.bed import Bed, Bot
from ..bed.maubot import MaubotError
from ..bed.models import ModelServer, Reply
from ..bed.person import Person
from ..bed.synapse import Account

_PAGE = (ROOT / "README.md").read_text().partition("## Install it in maubot")[2]
_LOGIN, _LIFT = re.findall(r"^    (curl .*\n(?:        .*\n)*)", _PAGE, re.MULTILINE)
(_MODEL,) = re.findall(r"```yaml\n(providers:\n    work: \{.*?)```", _PAGE, re.DOTALL)


async def _sh(command: str, **environment: str) -> dict[str, Any]:
    """What it prints, on standard output alone."""
    running = await asyncio.create_subprocess_exec(
        *("sh", "-c", command),
        env={"PATH": "/usr/bin:/bin"} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    said: dict[str, Any] = json.loads((await running.communicate())[0])
    return said


async def test_following_it_word_for_word_leads_to_an_answer(
    bed: Bed, models: ModelServer, alice: Person
) -> None:
    made = await bed.synapse.register("bot-of-readme")

    def here(text: str) -> str:
        text = text.replace("https://your.server", bed.synapse.url).replace("…", made.password)
        text = text.replace("http://localhost:8008", bed.synapse.url)
        text = text.replace("@bot:your.server", made.user_id).replace('"bot"', '"bot-of-readme"')
        return text.replace("@you:your.server", alice.user_id)

    logged_in = await _sh(here(_LOGIN))
    named = {key: logged_in[key] for key in ("user_id", "device_id", "access_token")}
    account = Account(**named, password=made.password)
    assert (account.user_id, account.device_id) == (made.user_id, "MAUBOT")

    admin = await bed.synapse.register("admin-of-readme", admin=True)
    lifted = await _sh(here(_LIFT), ADMIN_TOKEN=admin.access_token)
    assert lifted == {"messages_per_second": 0, "burst_count": 0}

    with pytest.raises(MaubotError, match="Resource not found"):
        await bed.maubot.add_client(bed.synapse.url, replace(account, user_id=""))
    await bed.maubot.add_client(bed.synapse.url, account)
    await bed.maubot.add_instance("readme", account.user_id)
    bot = Bot("readme", account)
    room = await bed.room(alice, bot)

    async def asked(question: str) -> str:
        return (await bed.answer(alice, room, bot, await alice.say(room, question))).body

    assert "A tour of this room" in await asked("!ask hello")

    model = here(_MODEL).replace("model: ", f"base_url: {models.url_for('openai')}, model: ", 1)
    await bed.maubot.set_config(bot.instance, model)
    models.script(Reply("Rayleigh scattering."))
    assert "Rayleigh scattering." in await asked("!ask why is the sky blue?")

    await bed.maubot.set_config(bot.instance, model.replace("'", ""))
    why = "Ids begin with @ or ! and therefore stand in quotes."
    said = alice.messages
    await alice.until(lambda: [m for m in said(room, bot.user_id) if why in m.body])
    await bed.dismiss(bot)
