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
        bed.person("dora", EncryptedPerson) as dora,
    ):
        async with bed.with_a_maubot_in(tmp_path, archive) as mortal:
            config = configuration(models, footer=False, missed_questions="answer")
            bot = await mortal.bot(config, name="sleeper")
            room = await bed.room(alice, bot, state=[ENCRYPTION])
            of_dora = [await bed.room(dora, bot, state=[ENCRYPTION]) for _ in range(2)]
            scene = Scene(bed, models, alice, bot, room)
            await scene.ask("one")
            await mortal.maubot.terminate()
        await alice.forgets_its_key(room)
        await alice.say(room, "between us")
        await alice.invite(room, carol.user_id)
        await carol.join(room)
        # The first that her device sends to the bot's are two keys, which come in one sync.
        for one in of_dora:
            await dora.say(one, "!ask three")
        async with Maubot.up(tmp_path):
            await carol.sees_joined(room, carol.user_id)
            answer = await scene.reply(await alice.say(room, f"{bot.user_id}: two"))
            read = await bed.answer(carol, room, bot)
            meanwhile = [await bed.answer(dora, one, bot) for one in of_dora]

    assert {one.body for one in meanwhile} == {"Hello from the model."}
    assert answer.body == read.body == "Hello from the model."
