"""`!llm doctor` in a room of its admin: what works, what does not, and what to do about each."""

from __future__ import annotations

import re
from typing import Any

import aiohttp

from ..bed.bed import Bed
from ..bed.message import Message
from ..bed.models import ModelServer, Reply
from ..bed.models.server import Received
from ..bed.person import Person
from .conftest import Stage
from .scene import KEY, Scene, configuration

SENTENCE = ["one", " two", " three", " four", " five", " six", " seven"]


def providers(models: ModelServer) -> dict[str, Any]:
    """One that works, and one for each way of not working."""
    url = models.url_for("openai")
    openai = {"type": "openai", "model": "small", "base_url": url, "api_key": KEY}
    return {
        "good": openai,
        "locked": {"type": "anthropic", "model": "m", "base_url": models.url_for("anthropic")},
        "lost": openai | {"model": "never-heard-of"},
        "gone": openai | {"base_url": "http://joe:pass-in-url@127.0.0.1:9/v1"},
    }


def reply(asked: Received) -> Reply:
    if asked.api == "anthropic":
        return Reply(status=401, body={"error": {"message": f"bad key {KEY}"}})
    if asked.body["model"] == "never-heard-of":
        message = "The model `never-heard-of` does not exist"
        return Reply(status=404, body={"error": {"message": message, "code": "model_not_found"}})
    return Reply(SENTENCE, delay=0.02, usage=(20, 7))


async def looked(scene: Scene, person: Person, typed: str = "!llm doctor") -> Message:
    """What stands in the room once it is done."""
    asked = await person.say(scene.room, typed)
    return await scene.alice.until(
        lambda: next((one for one in scene.replies(asked) if not one.live), None)
    )


def line_of(said: Message, title: str) -> str:
    return next(line for line in said.body.splitlines() if line[4:].startswith(title))


async def lifted_as(said: Message, admin_token: str) -> int:
    """An admin of the homeserver makes the call that the doctor shows. The status that it gets."""
    call = re.search(r"curl -X POST .*\n +-d '(.*)' .*\n +'(http.*)'", said.body)
    assert call is not None
    headers = {"Authorization": f"Bearer {admin_token}"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(call[2], data=call[1], headers=headers) as response,
    ):
        return response.status


async def test_an_admin_sees_what_works_and_what_does_not_and_what_to_do(
    stage: Stage, bed: Bed, models: ModelServer, alice: Person, bob: Person
) -> None:
    models.answer_with(reply)
    config = configuration(models) | {
        "providers": providers(models),
        "defaults": {"provider": "good"},
        "access": {"admins": [alice.user_id]},
    }
    scene = await stage(config, bob)
    await scene.empower(bob, 50)

    assert "Only my admins may do that" in (await looked(scene, bob)).body
    assert "Provider" not in (await looked(scene, bob, "!llm doctor room")).body
    assert models.requests == []

    said = await looked(scene, alice)

    assert re.search(r"`small`, first word after \d", line_of(said, "Provider `good`"))
    bad = [line for line in said.body.splitlines() if line.startswith("- ❌ Provider")]
    assert bad == [
        "- ❌ Provider `locked`: `m`, not let in",
        "- ❌ Provider `lost`: `never-heard-of`, no such model",
        "- ❌ Provider `gone`: `small`, not reached",
    ]
    for remedy in (
        "Set providers.locked.api_key.",
        "`!llm models lost` shows which exist.",
        "give the name or the address of the host in `providers.gone.base_url`",
    ):
        assert remedy in said.body
    assert line_of(said, "The account's encryption").endswith(" 💡")
    for title in ("Clock: as the homeserver's", "Database: SQLite", "Answers here: edits"):
        assert line_of(said, title).startswith("- ✅")
    for secret in (KEY, "pass-in-url", "joe", scene.bot.account.access_token):
        assert secret not in str(said)

    admin = await bed.synapse.register("root", admin=True)
    assert await lifted_as(said, admin.access_token) == 200
