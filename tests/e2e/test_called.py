"""Into which rooms the bot was called while maubot heard nothing, or gave nothing out."""

from __future__ import annotations

from pathlib import Path

from ..bed.bed import Bed
from ..bed.models import ModelServer
from ..bed.person import Person
from .scene import Scene, configuration


async def test_invites_and_upgrades_around_a_restart_are_followed(
    bed: Bed, archive: bytes, models: ModelServer, alice: Person, tmp_path: Path
) -> None:
    async with bed.with_a_maubot_in(tmp_path, archive) as mortal:
        bot = await mortal.bot(configuration(models, footer=False), name="called")
        scene = Scene(bed, models, alice, bot, await bed.room(alice, bot, name="Old"))
        await scene.ask("why?")
        await mortal.maubot.terminate()

        invited = await alice.create_room(invite=[bot.user_id])
        upgrade = {"new_version": "11"}
        made = await alice.request("POST", f"rooms/{scene.room}/upgrade", upgrade)
        await alice.invite(made["replacement_room"], bot.user_id)

        await mortal.maubot.start()
        await alice.sees_joined(invited, bot.user_id)
        await alice.sees_joined(made["replacement_room"], bot.user_id)

        await mortal.maubot.terminate()
        await mortal.maubot.start()
        quiet = await alice.create_room(invite=[bot.user_id])  # the first that happens
        await alice.sees_joined(quiet, bot.user_id)
