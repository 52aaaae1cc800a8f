"""The examples as their readers use them: a plugin beside llmstream in a maubot, and a script."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mbp.pack import ROOT

from ..bed.bed import Bed, Bot
from ..bed.message import MARK, Message
from ..bed.person import Person
from .conftest import Stage

PLUGIN = "org.example.logtail"
EXAMPLES = ROOT / "examples"


@dataclass(frozen=True, slots=True)
class Example:
    """The example's bot in a room with alice, and the log that it follows."""

    alice: Person
    bot: Bot
    room: str
    log: Path

    async def answers(self, command: str) -> Message:
        """Its finished answer to a command."""
        asked = await self.alice.say(self.room, command)
        return await self.finished(asked)

    async def finished(self, asked: str) -> Message:
        def look() -> Message | None:
            said = self.alice.messages(self.room, self.bot.user_id, asked)
            return next((message for message in said if message.answer is not None), None)

        return await self.alice.until(look)

    async def shows(self, text: str) -> Message:
        """Its message that shows this text."""

        def look() -> Message | None:
            said = self.alice.messages(self.room, self.bot.user_id)
            return next((message for message in said if text in message.body), None)

        return await self.alice.until(look)


@pytest.fixture
async def example(bed: Bed, alice: Person) -> AsyncIterator[Example]:
    """The example as its reader packs it with zip, and one instance of it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as mbp:
        for name in ("maubot.yaml", "logtail.py"):
            mbp.write(EXAMPLES / "logtail" / name, name)
    await bed.maubot.upload(archive.getvalue())
    account = await bed.synapse.register(f"logtail-{os.urandom(4).hex()}")
    await bed.maubot.add_client(bed.synapse.url, account)
    instance = account.user_id[1:].partition(":")[0]
    await bed.maubot.add_instance(instance, account.user_id, plugin=PLUGIN)
    bot = Bot(instance, account)
    log = bed.folder / "maubot" / "deploy.log"
    log.write_text("1 begun\n")
    yield Example(alice, bot, await bed.room(alice, bot), log)
    await bed.dismiss(bot)
    await bed.maubot.delete_plugin(PLUGIN)


async def test_a_log_is_followed_beside_llmstream(stage: Stage, example: Example) -> None:
    await stage({})
    asked = await example.alice.say(example.room, "!tail")
    await example.shows("1 begun")
    with example.log.open("a") as log:
        log.write("2 went on\n")
    message = await example.finished(asked)
    assert message.answer is not None
    assert message.answer["status"] == "complete"
    html = message.content["formatted_body"].replace(MARK, "", 1).strip()
    assert html == "<pre><code>1 begun\n2 went on\n</code></pre>"
    assert message.relation == {"m.in_reply_to": {"event_id": asked}}
    assert not message.live


async def test_without_its_log_it_says_so(stage: Stage, example: Example) -> None:
    await stage({})
    example.log.unlink()
    said = (await example.answers("!tail")).body
    assert said.endswith("maubot/deploy.log`: No such file or directory.")


async def test_a_plan_follows_the_work(stage: Stage, example: Example) -> None:
    await stage({})
    message = await example.answers("!deploy")
    marks = "".join(f"\n- ✅ {step}\n  → took 1 s" for step in ("Build", "Test", "Upload"))
    assert message.body == f"**Deployed**\n{marks}"


async def test_llmstream_may_be_loaded_after_the_example_and_anew(
    bed: Bed, stage: Stage, example: Example, archive: bytes
) -> None:
    await bed.maubot.delete_plugin()
    await bed.maubot.upload(archive)
    await example.alice.say(example.room, "!tail before it is loaded")
    await stage({})
    assert (await example.answers("!tail")).body.startswith("````\n1 begun")

    asked = await example.alice.say(example.room, "!deploy")
    await example.shows("⏳ Build")
    await bed.maubot.replace(archive)
    assert (await example.finished(asked)).body.startswith("**Deployed**")
    assert (await example.answers("!tail")).body.startswith("````\n1 begun")


async def test_the_script_streams_with_a_plain_client(bed: Bed, alice: Person) -> None:
    async with bed.person("script") as script:
        room = await bed.room(alice, script)
        surroundings = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "HOMESERVER": bed.synapse.url,
            "TOKEN": script.account.access_token,
            "ROOM": room,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(EXAMPLES / "script.py"),
            env=surroundings,
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        status, event_id = said.decode().split()
        assert (process.returncode, status) == (0, "complete")

        def look() -> Message | None:
            message = alice.message(event_id)
            return message if message and message.answer else None

        message = await alice.until(look)
        assert message.body.startswith("- ✅ Fuel the rocket\n  → full\n\n10… 9… ")
        assert message.body.endswith("1… \n\n**Lift-off!**")
