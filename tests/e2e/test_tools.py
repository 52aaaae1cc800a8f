"""Tools in a room: what waits for a person, and what they see of it before they say yes."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from llmstream.bot.incoming.reactions import ENCRYPT_YOUR_YES

from ..bed.bed import Bed
from ..bed.encrypted import ENCRYPTION, EncryptedPerson
from ..bed.message import Message
from ..bed.models import Call, ModelServer, Reply
from ..bed.person import Person
from .conftest import Stage
from .scene import Scene, configuration


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Where the commands are that were run."""
    return tmp_path / "record"


def with_tool(models: ModelServer, record: Path, **limits: Any) -> Mapping[str, Any]:
    """A room whose model may run commands, each after a yes."""
    script = str(Path(__file__).parent / "recording_server.py")
    box = {"command": sys.executable, "args": [script, str(record)], "approve": "always"}
    return configuration(models, tools=["box"]) | {"tools": {"box": box}, "limits": limits}


def commands(record: Path) -> list[str]:
    lines = record.read_text().splitlines() if record.exists() else []
    return [ast.literal_eval(line) for line in lines]


async def asked(scene: Scene, unlike: str = "") -> tuple[Message, str]:
    """The answer while it asks for a yes, with other reactions than before; and which yes."""

    def look() -> tuple[Message, str] | None:
        for message in scene.said():
            yes = re.search("waiting for (.+?) or", message.body)
            if yes and yes[1] != unlike:
                return message, yes[1]
        return None

    return await scene.alice.until(look)


def blocks(message: Message) -> list[str]:
    html = message.content["formatted_body"]
    found = re.findall("<pre><code>(.*?)</code>", html, re.DOTALL)
    return [unescape(block) for block in found]


async def test_a_call_is_shown_exactly_and_runs_after_the_askers_yes_alone(
    stage: Stage, models: ModelServer, bob: Person, record: Path
) -> None:
    command = "echo ok\nrm -rf /srv"
    models.script(Reply(calls=[Call("box__run", {"command": command})]), Reply("Done."))
    scene = await stage(with_tool(models, record), bob)
    question = await scene.alice.say(scene.room, "!ask run it")

    message, yes = await asked(scene)
    assert blocks(message) == ['{\n  "command": \n    "echo ok\\n"\n    "rm -rf /srv"\n}\n']
    await bob.react(scene.room, message.id, yes)
    await scene.alice.sees(lambda seen: seen.type == "m.reaction" and seen.sender == bob.user_id)
    assert commands(record) == []
    await scene.alice.react(scene.room, message.id, yes)

    answer = await scene.answer(question)
    assert commands(record) == [command]
    assert "waiting for" not in answer.body
    assert not blocks(answer)


async def test_one_yes_is_for_what_is_seen_and_not_for_thirty_calls(
    stage: Stage, models: ModelServer, record: Path
) -> None:
    calls = [Call("box__run", {"command": f"rm {number}"}, f"c{number}") for number in range(30)]
    models.script(Reply(calls=calls), Reply("Done."))
    scene = await stage(with_tool(models, record, tool_calls_per_step=8))
    question = await scene.alice.say(scene.room, "!ask clean up")

    seen, yes = 0, ""
    while seen < 8:
        message, yes = await asked(scene, unlike=yes)
        shown = [re.findall("rm [0-9]+", block) for block in blocks(message)]
        assert shown == [[f"rm {number}"] for number in range(seen, min(seen + 3, 8))]
        assert len(commands(record)) == seen
        await scene.alice.react(scene.room, message.id, yes)
        seen += len(shown)

    answer = await scene.answer(question)
    assert sorted(commands(record)) == [f"rm {number}" for number in range(8)]
    assert "Left out 22 more calls: at most 8 in one step" in answer.body


async def test_a_no_is_a_no_and_the_answer_goes_on(
    stage: Stage, models: ModelServer, record: Path
) -> None:
    models.script(Reply(calls=[Call("box__run", {"command": "rm"})]), Reply("Without, then."))
    scene = await stage(with_tool(models, record))
    question = await scene.alice.say(scene.room, "!ask run it")
    message, _ = await asked(scene)

    await scene.alice.react(scene.room, message.id, "❌")

    answer = await scene.answer(question)
    assert answer.answer
    assert answer.answer["status"] == "complete"
    assert "Without, then." in answer.body
    assert commands(record) == []
    assert "did not approve" in str(models.requests[-1].body)


async def test_in_an_encrypted_room_a_yes_is_an_encrypted_reply(
    bed: Bed, models: ModelServer, record: Path
) -> None:
    models.script(Reply(calls=[Call("box__run", {"command": "rm"})]), Reply("Done."))
    async with bed.person("alice", EncryptedPerson) as alice:
        bot = await bed.bot(with_tool(models, record))
        room = await bed.room(alice, bot, state=[ENCRYPTION])
        scene = Scene(bed, models, alice, bot, room)
        question = await alice.say(room, "!ask run it")
        message, yes = await asked(scene)

        await alice.react(room, message.id, yes)
        told = await alice.until(
            lambda: next((one for one in scene.said() if one.body == ENCRYPT_YOUR_YES), None)
        )
        assert commands(record) == []
        await alice.reply(room, message.id, yes)

        answer = await scene.finished(message.id)
        assert "Done." in answer.body
        assert commands(record) == ["rm"]
        assert told in scene.replies(question)
        await bed.dismiss(bot)
