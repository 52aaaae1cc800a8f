"""A month of a small house: what its bot has done, and does now. The same each time."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from decimal import Decimal

from llmstream.bot.store import Spending
from llmstream.chunks import Text

from ..commands.commanding import ROOM, CommandedBot
from ..store.test_store import ANSWER
from .visiting import WITH_TOKEN

DAY = 86400.0
ROOMS = {
    ROOM: "Kitchen table",
    "!garden:here": "Garden club",
    "!school:here": "Homework, 7b",
    "!long:here": "The room of those who could not agree on a shorter name for what they do there",
    "!office:here": "",
}
CONFIG = (
    f"{WITH_TOKEN}rooms:\n"
    f"    '{ROOM}': {{provider: work, trigger: all, buttons: true}}\n"
    "    '!school:here': {system_prompt: Never tell them the result., max_tokens: 800}\n"
)
_ASKED = {"work": ("gpt-5-mini", 9), "home": ("llama3.2", 4), "demo": ("", 1)}
_FAILURES = (
    "⚠️ home did not answer at localhost:11434. Is it running?",
    "⚠️ openai refused the key of provider `work`. Set providers.work.api_key.",
)


async def lived(bot: CommandedBot) -> None:
    """Let it be so. Two answers are being written, and one question waits."""
    bot.town.names.update({room_id: name for room_id, name in ROOMS.items() if name})
    dice, now, store = random.Random(7), time.time(), bot.instance.store
    for back in range(30):
        for provider, (model, often) in _ASKED.items():
            for number in range(round(often * dice.uniform(0.3, 1.2) * (1 - back / 45))):
                at, name = now - back * DAY - 60 * number - 5, f"{provider}{back}.{number}"
                room_id = dice.choice(list(ROOMS)[:: 1 if number % 3 else 2])
                into, out = dice.randrange(400, 9000), dice.randrange(80, 1400)
                await store.usage.reserve(
                    Spending(
                        id=name,
                        room_id=room_id,
                        person="@ann:here",
                        provider=provider,
                        model=model,
                        input_tokens=into,
                        output_tokens=out,
                        at=at,
                        cost=Decimal(into + 8 * out) / 4_000_000 * (provider == "work"),
                    )
                )
                if back < 7:
                    answer = replace(
                        ANSWER,
                        event_id=f"${name}",
                        event_ids=(f"${name}",),
                        room_id=room_id,
                        provider=provider,
                        model=model,
                        created_at=at,
                        first_word=dice.lognormvariate(0, 0.6),
                        seconds=dice.lognormvariate(2, 0.7),
                    )
                    await store.answers.save(answer)
    for number, note in enumerate(_FAILURES):
        failed = replace(ANSWER, event_id=f"$failed{number}", event_ids=(), status="failed")
        provider = ("home", "work")[number]
        at = now - 5000 * (number + 1)
        await store.answers.save(replace(failed, provider=provider, note=note, created_at=at))
    for words, seconds in ((420, 11), (90, 3)):
        writing = bot.writes(f"@{words}:here")
        writing.document.add(Text("word " * words))
        writing.asked_at = now - seconds
    bot.writes("@bob:here").waiting = True
