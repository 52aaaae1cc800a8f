"""Pictures and text files reach the model as its provider wants them; others are a sentence."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ..bed.models import ModelServer, Received
from ..bed.person import Person
from .asked import question, turns
from .conftest import Stage
from .scene import Scene, configuration

APIS = ("openai", "ollama", "anthropic")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CODED = base64.b64encode(PNG).decode()


@pytest.fixture(params=APIS)
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def send_file(
    person: Person,
    room_id: str,
    content: bytes,
    *,
    kind: str = "m.image",
    name: str = "sky.png",
    media_type: str = "image/png",
    **more: Any,
) -> str:
    """A file as clients send it; `body` makes a caption."""
    url = await person.upload(content, media_type)
    file = {"msgtype": kind, "body": name, "filename": name, "url": url}
    info = {"mimetype": media_type, "size": len(content)}
    return await person.send(room_id, "m.room.message", file | {"info": info} | more)


def pictures(request: Received) -> list[str]:
    """All pictures that the model was shown, in base64, from the form of its API."""
    messages = request.body["messages"]
    return [picture for message in messages for picture in _pictures(request.api, message)]


def _pictures(api: str, message: dict[str, Any]) -> list[str]:
    if api == "ollama":
        return list(message.get("images") or [])
    parts = message["content"] if isinstance(message["content"], list) else []
    if api == "openai":
        urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
        return [url.removeprefix("data:image/png;base64,") for url in urls]
    sources = [part["source"] for part in parts if part["type"] == "image"]
    assert all(
        (source["type"], source["media_type"]) == ("base64", "image/png") for source in sources
    )
    return [source["data"] for source in sources]


async def test_a_picture_in_the_question(stage: Stage, models: ModelServer, api: str) -> None:
    scene = await stage(configuration(models, api))

    await scene.answer(await send_file(scene.alice, scene.room, PNG, body="!ask what is it?"))

    assert pictures(models.requests[0]) == [CODED]
    assert turns(models.requests[0]) == [("user", "what is it?")]


async def test_a_picture_in_the_message_replied_to_and_in_history(
    stage: Stage, models: ModelServer, api: str, bob: Person
) -> None:
    scene = await stage(configuration(models, api, include_names=False), bob)
    picture = await send_file(bob, scene.room, PNG)
    answer = await scene.answer(await scene.alice.reply(scene.room, picture, "!ask what is it?"))

    await scene.answer(await scene.alice.reply(scene.room, answer.id, "sure?"))

    assert pictures(models.requests[0]) == [CODED]
    assert pictures(models.requests[1]) == [CODED]
    assert question(models.requests[1]) == "sure?"


async def test_a_text_file_stands_in_the_question(
    stage: Stage, models: ModelServer, api: str
) -> None:
    scene = await stage(configuration(models, api))

    await scene.answer(await send_text_file(scene, body="!ask what does it do?"))

    assert question(models.requests[0]) == (
        "what does it do?\n\n[file sky.py]\n```\nprint('blue')\n```"
    )


async def test_a_text_file_of_the_history_is_told_too(stage: Stage, models: ModelServer) -> None:
    scene = await stage(configuration(models))
    await scene.answer(await send_text_file(scene))

    await scene.answer(await scene.alice.say(scene.room, "what does it do?"))

    assert "print('blue')" in turns(models.requests[-1])[0][1]
    assert question(models.requests[-1]) == "what does it do?"


async def send_text_file(scene: Scene, **more: Any) -> str:
    return await send_file(
        scene.alice,
        scene.room,
        b"print('blue')\n",
        kind="m.file",
        name="sky.py",
        media_type="application/octet-stream",
        **more,
    )


UNREADABLE: dict[str, dict[str, Any]] = {
    "a recording": {"kind": "m.audio", "name": "song.ogg", "media_type": "audio/ogg"},
    "no picture": {"content": b"II*\0 a TIFF"},
    "bytes": {"kind": "m.file", "name": "a.txt", "media_type": "text/plain", "content": b"\xff\0"},
    "nowhere": {"url": "mxc://localhost/not-there"},
    "large": {"content": PNG + bytes(5_000_000)},
}


@pytest.mark.parametrize("kind", UNREADABLE)
async def test_what_cannot_be_read_is_told_to_the_asker_and_to_the_model(
    stage: Stage, models: ModelServer, kind: str
) -> None:
    scene = await stage(configuration(models, footer=False))
    file = {"content": PNG} | UNREADABLE[kind]

    answer = await scene.answer(
        await send_file(scene.alice, scene.room, body="!ask what is it?", **file)
    )

    assert "could not be read: " in question(models.requests[0])
    assert not pictures(models.requests[0])
    assert answer.body.startswith("Hello from the model.\n\n")
    assert "could not be read: " in answer.body
