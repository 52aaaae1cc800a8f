"""An encrypted room in which people go on talking, and come in, while maubot is down."""

from __future__ import annotations

from pathlib import Path

from ..bed.bed import Bed
from ..bed.encrypted import ENCRYPTION, EncryptedPerson
from ..bed.maubot import Maubot
from ..bed.models import ModelServer
from .scene import Scene, configuration


async def test_what_is_said_with_a_key_from_while_maubot_was_down_is_read_and_answered(
    bed: Bed, archive: bytes, models: ModelServer, tmp_path: Path
) -> None:
    async with (
        bed.person("alice", EncryptedPerson) as alice,
        bed.person("carol", EncryptedPerson) as carol,
    ):
        async with Maubot.up(tmp_path) as maubot:
            await maubot.upload(archive)
            mortal = Bed(tmp_path, bed.synapse, maubot)
            bot = await mortal.bot(configuration(models, footer=False), name="sleeper")
            room = await bed.room(alice, bot, state=[ENCRYPTION])
            scene = Scene(bed, models, alice, bot, room)
            await scene.ask("one")
            await maubot.terminate()
        await alice.forgets_its_key(room)
        await alice.say(room, "between us")
        await alice.invite(room, carol.user_id)
        await carol.join(room)
        async with Maubot.up(tmp_path):
            await carol.sees_joined(room, carol.user_id)
            answer = await scene.reply(await alice.say(room, f"{bot.user_id}: two"))
            read = await bed.answer(carol, room, bot)

    assert answer.body == read.body == "Hello from the model."
