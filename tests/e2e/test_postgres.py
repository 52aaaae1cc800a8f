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
HELD = Reply(f"{BEGUN} most of all.", hold_after=len(BEGUN.split()))


@pytest.mark.skipif(bool(missing()), reason=missing())
async def test_it_answers_counts_restarts_and_bears_that_its_database_does(
    bed: Bed, archive: bytes, models: ModelServer, alice: Person, tmp_path: Path
) -> None:
    async with (
        Postgres.up() as postgres,
        bed.with_a_maubot_in(tmp_path, archive, postgres.url) as mortal,
    ):
        config = configuration(models, footer=False) | {"access": {"admins": [alice.user_id]}}
        bot = await mortal.bot(config, name="mortal-postgres")
        scene = Scene(bed, models, alice, bot, await bed.room(alice, bot))
        await scene.ask("before?")

        models.script(HELD)
        await alice.say(scene.room, "!ask why is the sky blue?")
        cut = await scene.sees_live(BEGUN)
        await mortal.maubot.crash()
        await mortal.maubot.start()
        repaired = await scene.finished(cut.id, "interrupted")
        assert repaired.body.startswith(BEGUN)

        ends = [await _its_end_without_its_database(scene, mortal.maubot, postgres)]
        while ends[-1] == "interrupted" and len(ends) < 5:
            ends.append(await _its_end_without_its_database(scene, mortal.maubot, postgres))
        assert ends[-1] == "complete"

        await scene.ask("and now?")
        expected = sorted([*ends, "complete", "complete", "interrupted"])
        assert await _once_there_are(len(expected), postgres, bot) == expected
        asked = await alice.say(scene.room, "!llm usage")
        usage = (await alice.until(lambda: scene.said(after=asked)))[0]
        assert f"You: {len(expected)} answers" in usage.body


async def _its_end_without_its_database(scene: Scene, maubot: Maubot, postgres: Postgres) -> str:
    """How an answer ends whose model comes to its end while the database is away.

    Now and then mautrix ends the process: where a connection to PostgreSQL ends in mid-use
    (util/async_db/asyncpg.py). Then we start it again, as whatever keeps it running does.
    """
    scene.models.script(HELD)
    await scene.alice.say(scene.room, "!ask and once more?")
    held = await scene.sees_live(BEGUN)
    await postgres.stop()
    scene.models.release()
    finished = asyncio.create_task(scene.finished(held.id))
    ended = asyncio.create_task(maubot.server.ended())
    await asyncio.wait({finished, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    await postgres.start()
    if maubot.server.has_ended:
        await maubot.start()
    message = await finished
    assert message.answer
    if message.answer["status"] == "complete":
        assert message.body.startswith(f"{BEGUN} most of all.")
        assert "this answer is not kept" in message.body
    else:
        assert message.body.startswith(BEGUN)
    return str(message.answer["status"])


async def _once_there_are(count: int, postgres: Postgres, bot: Bot) -> list[str]:
    """How the answers ended that are kept: once so many are, or after a minute and a half."""
    rows = []
    for _ in range(450):
        rows = await postgres.fetch(f'SELECT status FROM "mbp_{bot.instance}".answers')
        if len(rows) >= count:
            break
        await asyncio.sleep(0.2)
    return sorted(row["status"] for row in rows)
