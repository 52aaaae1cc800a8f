"""The plugin on PostgreSQL: its tables, what it keeps there, and what a restart does with that."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ..bed.bed import Bed, Bot
from ..bed.maubot import Maubot
from ..bed.models import ModelServer, Reply
from ..bed.person import Person
from ..bed.postgres import Postgres, missing
from .scene import Scene, configuration

BEGUN = "The sky is blue because the air scatters blue light"


@pytest.mark.skipif(bool(missing()), reason=missing())
async def test_it_answers_counts_restarts_and_bears_that_its_database_does(
    bed: Bed, archive: bytes, models: ModelServer, alice: Person, tmp_path: Path
) -> None:
    async with (
        Postgres.up() as postgres,
        Maubot.up(tmp_path, postgres=postgres.url) as maubot,
    ):
        await maubot.upload(archive)
        mortal = Bed(tmp_path, bed.synapse, maubot)
        config = configuration(models, footer=False) | {"access": {"admins": [alice.user_id]}}
        bot = await mortal.bot(config, name="mortal-postgres")
        scene = Scene(bed, models, alice, bot, await bed.room(alice, bot))
        await scene.ask("before?")

        models.script(Reply(f"{BEGUN} most of all.", hold_after=len(BEGUN.split())))
        await alice.say(scene.room, "!ask why is the sky blue?")
        cut = await scene.sees_live(BEGUN)
        await maubot.crash()
        await maubot.start()
        repaired = await scene.finished(cut.id, "interrupted")
        assert repaired.body.startswith(BEGUN)

        models.script(Reply(f"{BEGUN} most of all.", hold_after=len(BEGUN.split())))
        await alice.say(scene.room, "!ask and once more?")
        held = await scene.sees_live(BEGUN)
        await postgres.stop()
        models.release()
        whole = await scene.finished(held.id, "complete")
        assert whole.body.startswith(f"{BEGUN} most of all.")
        assert "this answer is not kept" in whole.body
        await postgres.start()

        await scene.ask("and now?")
        statuses = await _once_there_are(4, postgres, bot)  # that of meanwhile too
        assert statuses == ["complete", "complete", "complete", "interrupted"]
        asked = await alice.say(scene.room, "!llm usage")
        usage = (await alice.until(lambda: scene.said(after=asked)))[0]
        assert "You: 4 answers" in usage.body


async def _once_there_are(count: int, postgres: Postgres, bot: Bot) -> list[str]:
    """How the answers ended that are kept: once so many are, or after half a minute."""
    rows = []
    for _ in range(150):
        rows = await postgres.fetch(f'SELECT status FROM "mbp_{bot.instance}".answers')
        if len(rows) >= count:
            break
        await asyncio.sleep(0.2)
    return sorted(row["status"] for row in rows)
