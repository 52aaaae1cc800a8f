"""What a model sees of files in a conversation, and what the asker is told is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from llmstream.bot.room.history import UNREACHABLE, Conversation, conversation
from llmstream.bot.room.media import Files
from llmstream.bot.room.triggers import restated
from llmstream.bot.room.visibility import Visibility
from llmstream.matrix.reading.said import read
from llmstream.messages import Image, Message

from .rooms import ALICE, BOB
from .scene import DIRECT, SETTINGS, Scene, lines

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with Scene.laid_in(tmp_path) as scene:
        yield scene


async def test_pictures_are_seen_in_the_question_and_in_what_it_replies_to(scene: Scene) -> None:
    url = scene.room.upload(PNG)
    cat = {"msgtype": "m.image", "url": url}
    picture = scene.room.say(BOB, "cat.png", **cat)
    question = scene.room.say(ALICE, "!ask which is it?", reply=picture, filename="d.png", **cat)
    found = await scene.asks(question)
    assert found.messages == [
        Message("user", "", (Image("image/png", PNG, "cat.png"),)),
        Message("user", "which is it?", (Image("image/png", PNG, "d.png"),)),
    ]
    assert found.notes == ()


async def test_the_asker_is_told_of_their_own_unread_files_only(scene: Scene) -> None:
    report = {"msgtype": "m.file", "url": scene.room.upload(b"%PDF")}
    old = scene.room.say(ALICE, "old.pdf", **report)
    shown = scene.room.say(ALICE, "shown.pdf", reply=old, **report)
    question = scene.room.say(ALICE, "!ask why?", reply=shown)
    found = await scene.asks(question)
    assert found.messages[0].text.startswith("[file old.pdf could not be read")
    assert found.notes == (
        "The file shown.pdf could not be read: only pictures and text files can be.",
    )


@pytest.mark.usefixtures("at_once")
async def test_a_homeserver_that_shows_nothing_leaves_the_question(scene: Scene) -> None:
    question = scene.room.say(ALICE, "why?")
    said = read(scene.room.raw(question))
    assert said is not None
    scene.room.events.clear()
    async with scene.room.client() as client:
        client.api.base_url = client.api.base_url.with_port(1)
        found = await conversation(
            client,
            scene.answers,
            restated(said, DIRECT),
            SETTINGS,
            DIRECT,
            names={},
            visibility=Visibility(client),
            files=Files(client),
        )
    assert found == Conversation([Message("user", "why?")], notes=(UNREACHABLE,))


async def test_undecryptable_messages_are_left_out_and_said_so(scene: Scene) -> None:
    content = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "y"}
    scene.room.add(ALICE, content, "m.room.encrypted")
    question = scene.room.say(ALICE, "why?")
    found = await scene.asks(question, DIRECT)
    assert lines(found) == ["user: why?"]
    assert found.undecryptable
