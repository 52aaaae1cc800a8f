"""Answers far too large for one event, on a real server: every character arrives."""

from __future__ import annotations

import pytest

from ..bed.bed import Bed
from ..bed.encrypted import ENCRYPTION, EncryptedPerson
from ..bed.message import Message
from ..bed.models import ModelServer, Reply
from ..bed.person import Person
from .scene import Scene, configuration

SIZE = 250_000  # bytes; a megabyte arrives too, and takes a minute for all of these
WORDS = {
    "ascii": "Plain words, and **bold** ones, in lines.\n\n",
    "cyrillic": "Привет, мир, и ещё несколько слов.\n\n",
    "chinese": "这是一个很长的回答，没有空格，一直写下去。",
    "emoji": "🎉 👩‍👩‍👧‍👦 😀\n\n",
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
async def test_every_character_arrives_in_a_clear_room(
    bed: Bed, models: ModelServer, words: str
) -> None:
    async with bed.person("alice") as alice:
        await _arrives(bed, models, alice, words, SIZE)


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
async def test_every_character_arrives_in_an_encrypted_room(
    bed: Bed, models: ModelServer, words: str
) -> None:
    async with bed.person("alice", EncryptedPerson) as alice:
        await _arrives(bed, models, alice, words, SIZE, state=[ENCRYPTION])


async def _arrives(
    bed: Bed, models: ModelServer, alice: Person, words: str, size: int, **room: object
) -> None:
    text = words * (size // len(words.encode()))
    models.otherwise = Reply([text])
    bot = await bed.bot(configuration(models, footer=False))
    try:
        scene = Scene(bed, models, alice, bot, await bed.room(alice, bot, **room))
        question = await alice.say(scene.room, "!ask all of it")

        def complete() -> list[Message] | None:
            said = scene.said(question)
            finished = [one for one in said if one.answer]
            parts = max(((one.answer or {}).get("parts", 0) for one in finished), default=0)
            return said if parts and len(finished) == parts else None

        said = await alice.until(complete, patience=60)
        assert "".join(one.body for one in said) == text
    finally:
        await bed.dismiss(bot)
